// The kernel cache on disk: hit, miss, damage, size, privacy; and the compiler behind it.
#include <sys/stat.h>

#include <fstream>

#include "cuda/plugin/compiler.h"
#include "tests/cuda/plugin/fixture.h"

namespace crossarray::cuda::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const std::string& folder) {
  std::vector<fs::path> found;
  if (fs::exists(folder))
    for (const auto& entry : fs::directory_iterator(folder)) found.push_back(entry.path());
  return found;
}

mode_t mode_of(const std::string& path) {
  struct stat at {};
  return stat(path.c_str(), &at) == 0 ? at.st_mode & 0777 : 0;
}

TEST(KernelCache, GivesBackWhatWasStored) {
  const TemporaryFolder folder;
  KernelCache cache(folder.path() + "/a/b");
  EXPECT_FALSE(cache.find("key"));
  const std::string content("code\0with zeros", 15);
  cache.store("key", content);
  EXPECT_EQ(cache.find("key"), content);
  EXPECT_EQ(KernelCache(folder.path() + "/a/b").find("key"), content);
  EXPECT_EQ(files_in(folder.path() + "/a/b").size(), 1u) << "nothing but the file itself stays";
}

TEST(KernelCache, DamagedFilesAreAsGoodAsNone) {
  const TemporaryFolder folder;
  KernelCache cache(folder.path() + "/k");
  const std::string path = folder.path() + "/k/key";
  for (const int damage : {0, 1, 2}) {
    cache.store("key", std::string(1000, 'x'));
    if (damage == 0) fs::resize_file(path, 500);
    if (damage == 1) fs::resize_file(path, 0);
    if (damage == 2) {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(700);
      file.put('y');
    }
    EXPECT_FALSE(cache.find("key")) << damage;
  }
}

TEST(KernelCache, FolderIsTheUsersAlone) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/k";
  KernelCache(path).store("key", "x");
  EXPECT_EQ(mode_of(path), 0700u);
  fs::permissions(path, fs::perms::group_write, fs::perm_options::add);
  EXPECT_FALSE(KernelCache(path).find("key")) << "others may have written it";
  KernelCache(path).store("other", "x");
  EXPECT_EQ(mode_of(path), 0700u);
  EXPECT_FALSE(KernelCache(path).find("key"));
  EXPECT_EQ(KernelCache(path).find("other"), "x");
}

TEST(KernelCache, AFolderThatCannotBeUsedIsNoError) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/file") << "in the way";
  fs::create_directory(folder.path() + "/elsewhere");
  fs::create_symlink(folder.path() + "/elsewhere", folder.path() + "/link");
  for (const std::string& path :
       {folder.path() + "/file", folder.path() + "/file/k", folder.path() + "/link", std::string()}) {
    KernelCache cache(path);
    cache.store("key", "x");
    EXPECT_FALSE(cache.find("key")) << path;
  }
  EXPECT_TRUE(files_in(folder.path() + "/elsewhere").empty());
}

TEST(KernelCache, FilesUsedLongestAgoGoFirst) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/k";
  const auto age = [&](const char* key, int hours) {
    fs::last_write_time(path + "/" + key, fs::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  KernelCache cache(path, 2500);
  cache.store("old", std::string(1000, 'a'));
  cache.store("used", std::string(1000, 'b'));
  age("old", 5);
  age("used", 9);
  EXPECT_TRUE(cache.find("used"));  // now the younger of the two
  cache.store("new", std::string(1000, 'c'));
  EXPECT_FALSE(cache.find("old"));
  EXPECT_TRUE(cache.find("used"));
  EXPECT_TRUE(cache.find("new"));
}

TEST(KernelCache, EnvironmentMovesAndDisablesIt) {
  const char* before = std::getenv("CROSSARRAY_CACHE_DIR");
  const std::string kept = before ? before : "";
  setenv("CROSSARRAY_CACHE_DIR", "chosen", 1);
  EXPECT_EQ(KernelCache::standard_folder(), "chosen/cuda");
  setenv("CROSSARRAY_CACHE_DIR", "", 1);
  EXPECT_EQ(KernelCache::standard_folder(), "");
  unsetenv("CROSSARRAY_CACHE_DIR");
  EXPECT_NE(KernelCache::standard_folder().find("crossarray/cuda"), std::string::npos);
  if (before) setenv("CROSSARRAY_CACHE_DIR", kept.c_str(), 1);
}

class JitCache : public FakeDevice {
 protected:
  Source source() const { return generate(copy_kernel(DType::kU16, DType::kF32, 1), {}); }
  Device& machine() const { return device().machine().device; }
  std::string folder() const { return folder_.path() + "/k"; }

  TemporaryFolder folder_;
  ContextScope context_{device().machine().device.context()};
};

TEST_F(JitCache, CompilesOnceForAllProcesses) {
  Jit first(machine(), folder()), second(machine(), folder());
  const auto& functions = first.functions(source(), false);
  EXPECT_EQ(&first.functions(source(), false), &functions);
  second.functions(source(), false);
  EXPECT_EQ(first.counts().compiled, 1);
  EXPECT_EQ(second.counts().compiled, 0);
  EXPECT_EQ(second.counts().from_disk, 1);
  EXPECT_EQ(fake_cuda_count("host_compilations"), 1);
}

TEST_F(JitCache, TextAndOptionsArePartOfTheKey) {
  Jit jit(machine(), folder());
  jit.functions(source(), false);
  jit.functions(source(), true);
  Source changed = source();
  changed.text += "// another version of the prelude\n";
  jit.functions(changed, false);
  EXPECT_EQ(jit.counts().compiled, 3);
  EXPECT_EQ(files_in(folder()).size(), 3u);
}

TEST_F(JitCache, DamagedOrUselessFilesAreMadeAnew) {
  Jit(machine(), folder()).functions(source(), false);
  fs::resize_file(files_in(folder()).at(0), 900);
  Jit after_damage(machine(), folder());
  after_damage.functions(source(), false);
  EXPECT_EQ(after_damage.counts().compiled, 1);
  fake_cuda_set("corrupt_image", 1);
  Jit after_refusal(machine(), folder());
  after_refusal.functions(source(), false);
  EXPECT_EQ(after_refusal.counts().compiled, 1);
  EXPECT_EQ(after_refusal.counts().from_disk, 0);
}

TEST_F(JitCache, AnErrorShowsOptionsLogAndNumberedSource) {
  fake_cuda_set("compile_fail", 1);
  Jit jit(machine(), folder());
  try {
    jit.functions(source(), false);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::kRuntime);
    const std::string text = e.what();
    for (const char* part : {"--gpu-architecture=sm_90", "--fmad=false", "asked to fail", "1 | "})
      EXPECT_NE(text.find(part), std::string::npos) << part;
  }
  EXPECT_TRUE(files_in(folder()).empty());
  fake_cuda_set("compile_fail", 0);
  EXPECT_EQ(jit.functions(source(), false).size(), 1u);
}

TEST_F(JitCache, DevicesNewerThanTheCompilerGetTheCodeOfTheirGeneration) {
  fake_cuda_set("compile_fail", 1);  // the error names the architecture
  const auto options = [&](int sm) -> std::string {
    try {
      compile_source(source().text, {}, sm);
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  };
  EXPECT_NE(options(90).find("=sm_90\n"), std::string::npos);
  EXPECT_NE(options(121).find("=sm_120\n"), std::string::npos) << "machine code, for an unknown minor version";
  EXPECT_NE(options(130).find("=compute_120\n"), std::string::npos) << "text, for an unknown major version";
}

TEST_F(JitCache, ABodyTheHostCompilerRefusesShowsItsMessages) {
  Source broken = source();
  broken.text += "not C++;\n";
  Jit jit(machine(), "");
  EXPECT_THROW(jit.functions(broken, false), Error);
}

}  // namespace
}  // namespace crossarray::cuda::test
