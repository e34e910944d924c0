// headwater-powerloss -- makes of a recording what a power loss leaves. `--help` says how.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "test/sim/powerloss/image.h"

namespace hw::powerloss {
namespace {

constexpr const char kHelp[] =
    R"(headwater-powerloss: what a power loss leaves of an instance's files

Programs that run with these three variables record what they make durable, and by which sync:
  LD_PRELOAD=<path of libpowerloss.so>   HW_POWERLOSS_DIR=<recording>   HW_POWERLOSS_ROOT=<folder that is watched>
The recording is on the file system of the watched folder, and not inside it.

  headwater-powerloss env --recording DIR --root ROOT           prints them for a shell
  headwater-powerloss run --recording DIR --root ROOT -- PROGRAM ARGUMENT...
  headwater-powerloss begin --recording DIR --root ROOT         what is in ROOT now counts as on disk
  headwater-powerloss image --recording DIR --seed N [--mode MODE] [--strict] [--dry-run] [--into FOLDER]
      All processes of the instance are dead. Rewrites ROOT to what a power loss may leave, removes the shared memory
      that they made, and starts over in another boot. The same recording, files, mode and seed make the same image.
      --into: the image gets a new folder; ROOT, shared memory and recording stay, and more images can be made.
  headwater-powerloss status --recording DIR [--strict] [--verbose]    what is not on disk
  headwater-powerloss verify --recording DIR                    is the recording itself undamaged
  headwater-powerloss boot-id --recording DIR                   HW_BOOT_ID of its processes now
  headwater-powerloss library                                   path of libpowerloss.so

MODE: random (every unsynced sector, size and name), all-lost, all-kept, newest-kept-oldest-lost, meta-only (names and
sizes without the data), data-only (data without names and sizes), one-file-old, torn-pages, directory-lost
--strict: only a sync of its folder makes a name durable, and names are lost each by itself; otherwise in order, and an
fsync of a file takes its names along, as on ext4.

Exit status: 0 done; 1 not done, and why; 2 the command line.
)";

struct CommandLine {
  std::string command;
  std::map<std::string, std::string> values;
  std::vector<std::string> rest;
  std::string wrong;

  std::string value(const std::string& name) const {
    const auto at = values.find(name);
    return at == values.end() ? "" : at->second;
  }
  bool has(const std::string& name) const { return values.contains(name); }
};

CommandLine parse(int argc, char** argv) {
  CommandLine line;
  if (argc > 1) line.command = argv[1];
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") {
      line.rest.assign(argv + i + 1, argv + argc);
      break;
    }
    if (word == "--strict" || word == "--dry-run" || word == "--verbose") {
      line.values[word] = "yes";
    } else if (word == "--recording" || word == "--root" || word == "--seed" || word == "--mode" || word == "--into") {
      if (i + 1 >= argc) {
        line.wrong = word + " needs a value";
        break;
      }
      line.values[word] = argv[++i];
    } else {
      line.wrong = "what is " + word + "?";
    }
  }
  return line;
}

int usage(const std::string& why) {
  std::fprintf(stderr, "headwater-powerloss: %s (--help says how)\n", why.c_str());
  return 2;
}

int refused(const std::string& why) {
  std::fprintf(stderr, "headwater-powerloss: %s\n", why.c_str());
  return 1;
}

std::string library() {
  std::error_code error;
  const auto folder = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  for (const char* at : {"libpowerloss.so", "../lib/headwater/libpowerloss.so", HW_POWERLOSS_LIBRARY})
    if (std::filesystem::exists(folder / at, error)) return std::filesystem::canonical(folder / at).string();
  return {};
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

int environment(const CommandLine& line) {
  const std::string preload = library();
  if (preload.empty()) return refused("libpowerloss.so is not beside this program");
  const std::string folder = std::filesystem::absolute(line.value("--recording")).string();
  const std::string root = std::filesystem::absolute(line.value("--root")).string();
  if (line.command == "env") {
    std::printf("export LD_PRELOAD=%s\nexport HW_POWERLOSS_DIR=%s\nexport HW_POWERLOSS_ROOT=%s\n",
                quoted(preload).c_str(), quoted(folder).c_str(), quoted(root).c_str());
    return 0;
  }
  if (line.rest.empty()) return usage("run needs a program");
  ::setenv("LD_PRELOAD", preload.c_str(), 1);
  ::setenv("HW_POWERLOSS_DIR", folder.c_str(), 1);
  ::setenv("HW_POWERLOSS_ROOT", root.c_str(), 1);
  std::vector<char*> arguments;
  for (const std::string& word : line.rest) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return refused(failure("exec()", line.rest[0]).value());
}

int image(const CommandLine& line) {
  ImageOptions options;
  if (!line.has("--seed")) return usage("image needs --seed");
  char* end = nullptr;
  const std::string seed = line.value("--seed");
  options.seed = std::strtoull(seed.c_str(), &end, 10);
  if (seed.empty() || *end != '\0') return usage("--seed is a number");
  if (line.has("--mode")) {
    const auto mode = mode_of(line.value("--mode"));
    if (!mode) return usage("there is no mode " + line.value("--mode"));
    options.mode = *mode;
  }
  options.strict = line.has("--strict");
  options.dry_run = line.has("--dry-run");
  options.into = line.value("--into");
  const auto made = make_image(line.value("--recording"), options);
  if (!made) return refused(made.error());
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "image: mode=%s strict=%d seed=%llu boot=%llu files=%llu changed=%llu sectors_unsynced=%llu kept=%llu lost=%llu "
      "older=%llu names_kept=%llu names_lost=%llu sizes_lost=%llu segments_removed=%llu\n",
      std::string(name_of(options.mode)).c_str(), options.strict ? 1 : 0, number(options.seed), number(made->boot),
      number(made->files), number(made->changed), number(made->sectors), number(made->kept), number(made->lost),
      number(made->older), number(made->names_kept), number(made->names_lost), number(made->sizes_lost),
      number(made->segments));
  return 0;
}

int status(const CommandLine& line) {
  const auto found = status_of(line.value("--recording"), line.has("--strict"));
  if (!found) return refused(found.error());
  unsigned long long sectors = 0;
  for (const FileStatus& file : found->files) {
    sectors += file.sectors;
    if (file.sectors == 0 && !line.has("--verbose")) continue;
    std::printf("%s: sectors_unsynced=%llu bytes=%llu bytes_on_disk=%llu syncs=%llu\n",
                file.name.empty() ? ("(file " + std::to_string(file.file) + ", no name)").c_str() : file.name.c_str(),
                static_cast<unsigned long long>(file.sectors), static_cast<unsigned long long>(file.bytes),
                static_cast<unsigned long long>(file.durable_bytes), static_cast<unsigned long long>(file.syncs));
  }
  for (const std::string& name : found->names) std::printf("%s\n", name.c_str());
  std::printf("status: files=%zu sectors_unsynced=%llu names_unsynced=%zu syncs=%llu\n", found->files.size(), sectors,
              found->names.size(), static_cast<unsigned long long>(found->syncs));
  return 0;
}

int dispatch(const CommandLine& line) {
  if (line.command == "--help" || line.command == "help") {
    std::fputs(kHelp, stdout);
    return 0;
  }
  if (!line.wrong.empty()) return usage(line.wrong);
  if (line.command == "library") {
    const std::string path = library();
    if (path.empty()) return refused("libpowerloss.so is not beside this program");
    std::printf("%s\n", path.c_str());
    return 0;
  }
  const bool needs_root = line.command == "env" || line.command == "run" || line.command == "begin";
  if (!line.has("--recording")) return usage("--recording is missing");
  if (needs_root && !line.has("--root")) return usage("--root is missing");
  if (line.command == "env" || line.command == "run") return environment(line);
  if (line.command == "image") return image(line);
  if (line.command == "status") return status(line);
  if (line.command == "begin") {
    const Done begun = Recording::begin(line.value("--recording"), line.value("--root"), 0);
    return begun ? 0 : refused(begun.error());
  }
  if (line.command == "verify") {
    const auto records = verify(line.value("--recording"));
    if (!records) return refused(records.error());
    std::printf("verify: ok records=%llu\n", static_cast<unsigned long long>(*records));
    return 0;
  }
  if (line.command == "boot-id") {
    const auto recording = Recording::open(line.value("--recording"), "");
    if (!recording) return refused(recording.error());
    std::printf("%s\n", recording->boot_id().c_str());
    return 0;
  }
  return usage("there is no command " + line.command);
}

}  // namespace
}  // namespace hw::powerloss

int main(int argc, char** argv) {
  // It must not be recorded itself.
  const char* preload = std::getenv("LD_PRELOAD");
  if (preload != nullptr && *preload != '\0') {
    ::unsetenv("LD_PRELOAD");
    ::execv("/proc/self/exe", argv);
  }
  const int status = hw::powerloss::dispatch(hw::powerloss::parse(argc, argv));
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  std::fprintf(stderr, "headwater-powerloss: standard output: %s\n", std::strerror(errno));
  return status != 0 ? status : 1;
}
