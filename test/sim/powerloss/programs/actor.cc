// actor -- does to files what its words say, one system call a word, so that tests can see what the recorder makes of
// it.
//
//   actor WORD...      in the folder HW_POWERLOSS_ROOT; a word is CALL:ARGUMENT:... ; the first that fails ends it with
//   1
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace {

using Words = std::vector<std::string>;

std::map<std::string, int> files;     ///< by the name the words give them
std::map<std::string, char*> mapped;  ///< by the file's
std::map<std::string, std::FILE*> streams;

int file(const std::string& name) { return name == "-" ? AT_FDCWD : files.at(name); }
off_t number(const std::string& text) { return std::strtoll(text.c_str(), nullptr, 10); }

int flags_of(const std::string& letters) {
  int flags = O_RDWR;
  for (const char letter : letters) {
    if (letter == 'c') flags |= O_CREAT;
    if (letter == 't') flags |= O_TRUNC;
    if (letter == 's') flags |= O_SYNC;
    if (letter == 'd') flags |= O_DSYNC;
    if (letter == 'a') flags |= O_APPEND;
    if (letter == 'w') flags = (flags & ~O_RDWR) | O_WRONLY;
    if (letter == 'u') flags |= O_TMPFILE;
    if (letter == 'f') flags = O_RDONLY | O_DIRECTORY;
  }
  return flags;
}

/// Two halves, for the calls that take several.
struct Halves {
  explicit Halves(std::string& text)
      : parts{{text.data(), text.size() / 2}, {text.data() + text.size() / 2, text.size() - text.size() / 2}} {}
  iovec parts[2];
};

bool keep(const std::string& name, int fd) {
  files[name] = fd;
  return fd >= 0;
}

using Call = std::function<bool(const Words&)>;

void add_opens(std::map<std::string, Call>& calls) {
  calls["open"] = [](const Words& w) { return keep(w[1], ::open(w[2].c_str(), flags_of(w[3]), 0644)); };
  calls["open64"] = [](const Words& w) { return keep(w[1], ::open64(w[2].c_str(), flags_of(w[3]), 0644)); };
  calls["openat"] = [](const Words& w) { return keep(w[1], ::openat(AT_FDCWD, w[2].c_str(), flags_of(w[3]), 0644)); };
  calls["openat64"] = [](const Words& w) {
    return keep(w[1], ::openat64(AT_FDCWD, w[2].c_str(), flags_of(w[3]), 0644));
  };
  calls["creat"] = [](const Words& w) { return keep(w[1], ::creat(w[2].c_str(), 0644)); };
  calls["creat64"] = [](const Words& w) { return keep(w[1], ::creat64(w[2].c_str(), 0644)); };
  calls["fopen"] = [](const Words& w) {
    streams[w[1]] = std::fopen(w[2].c_str(), w[3].c_str());
    return streams[w[1]] != nullptr && keep(w[1], ::fileno(streams[w[1]]));
  };
  calls["fopen64"] = [](const Words& w) {
    streams[w[1]] = ::fopen64(w[2].c_str(), w[3].c_str());
    return streams[w[1]] != nullptr && keep(w[1], ::fileno(streams[w[1]]));
  };
  calls["mkstemp"] = [](const Words& w) {
    std::string name = w[2] + "XXXXXX";
    return keep(w[1], ::mkstemp(name.data())) && std::rename(name.c_str(), w[2].c_str()) == 0;
  };
  calls["mkostemp"] = [](const Words& w) {
    std::string name = w[2] + "XXXXXX";
    return keep(w[1], ::mkostemp(name.data(), O_CLOEXEC)) && std::rename(name.c_str(), w[2].c_str()) == 0;
  };
  calls["dup"] = [](const Words& w) { return keep(w[1], ::dup(file(w[2]))); };
  calls["close"] = [](const Words& w) { return ::close(file(w[1])) == 0; };
}

void add_writes(std::map<std::string, Call>& calls) {
  // CALL:FILE:OFFSET:CHARACTER:BYTES; calls without an offset write at the position.
  const auto with = [](const std::function<ssize_t(int, off_t, std::string&)>& call) -> Call {
    return [call](const Words& w) {
      std::string text(static_cast<std::size_t>(number(w[4])), w[3][0]);
      return call(file(w[1]), number(w[2]), text) == static_cast<ssize_t>(text.size());
    };
  };
  calls["write"] = with([](int fd, off_t, std::string& t) { return ::write(fd, t.data(), t.size()); });
  calls["writev"] = with([](int fd, off_t, std::string& t) { return ::writev(fd, Halves(t).parts, 2); });
  calls["pwrite"] = with([](int fd, off_t at, std::string& t) { return ::pwrite(fd, t.data(), t.size(), at); });
  calls["pwrite64"] = with([](int fd, off_t at, std::string& t) { return ::pwrite64(fd, t.data(), t.size(), at); });
  calls["pwritev"] = with([](int fd, off_t at, std::string& t) { return ::pwritev(fd, Halves(t).parts, 2, at); });
  calls["pwritev64"] = with([](int fd, off_t at, std::string& t) { return ::pwritev64(fd, Halves(t).parts, 2, at); });
  calls["pwritev2"] =
      with([](int fd, off_t at, std::string& t) { return ::pwritev2(fd, Halves(t).parts, 2, at, RWF_DSYNC); });
  calls["pwritev2sync"] =
      with([](int fd, off_t at, std::string& t) { return ::pwritev2(fd, Halves(t).parts, 2, at, RWF_SYNC); });
  calls["pwritev2plain"] =
      with([](int fd, off_t at, std::string& t) { return ::pwritev2(fd, Halves(t).parts, 2, at, 0); });
  calls["copy_file_range"] = [](const Words& w) {
    off64_t from = 0, to = 0;
    return ::copy_file_range(file(w[1]), &from, file(w[2]), &to, static_cast<std::size_t>(number(w[3])), 0) ==
           number(w[3]);
  };
  calls["sendfile"] = [](const Words& w) {
    off_t from = 0;
    return ::sendfile(file(w[2]), file(w[1]), &from, static_cast<std::size_t>(number(w[3]))) == number(w[3]);
  };
  calls["map"] = [](const Words& w) {
    void* at =
        ::mmap(nullptr, static_cast<std::size_t>(number(w[2])), PROT_READ | PROT_WRITE, MAP_SHARED, file(w[1]), 0);
    mapped[w[1]] = static_cast<char*>(at);
    return at != MAP_FAILED;
  };
  calls["store"] = [](const Words& w) {
    std::memset(mapped.at(w[1]) + number(w[2]), w[3][0], static_cast<std::size_t>(number(w[4])));
    return true;
  };
}

void add_sizes_and_syncs(std::map<std::string, Call>& calls) {
  calls["ftruncate"] = [](const Words& w) { return ::ftruncate(file(w[1]), number(w[2])) == 0; };
  calls["ftruncate64"] = [](const Words& w) { return ::ftruncate64(file(w[1]), number(w[2])) == 0; };
  calls["truncate"] = [](const Words& w) { return ::truncate(w[1].c_str(), number(w[2])) == 0; };
  calls["truncate64"] = [](const Words& w) { return ::truncate64(w[1].c_str(), number(w[2])) == 0; };
  calls["fallocate"] = [](const Words& w) { return ::fallocate(file(w[1]), 0, number(w[2]), number(w[3])) == 0; };
  calls["punch"] = [](const Words& w) {
    return ::fallocate(file(w[1]), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, number(w[2]), number(w[3])) == 0;
  };
  calls["fsync"] = [](const Words& w) { return ::fsync(file(w[1])) == 0; };
  calls["fdatasync"] = [](const Words& w) { return ::fdatasync(file(w[1])) == 0; };
  calls["syncfs"] = [](const Words& w) { return ::syncfs(file(w[1])) == 0; };
  calls["sync"] = [](const Words&) { return ::sync(), true; };
  calls["sync_file_range"] = [](const Words& w) {
    return ::sync_file_range(file(w[1]), 0, 0,
                             SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER) == 0;
  };
  calls["msync"] = [](const Words& w) {
    return ::msync(mapped.at(w[1]) + number(w[2]), static_cast<std::size_t>(number(w[3])), MS_SYNC) == 0;
  };
  calls["msync_async"] = [](const Words& w) {
    return ::msync(mapped.at(w[1]) + number(w[2]), static_cast<std::size_t>(number(w[3])), MS_ASYNC) == 0;
  };
  calls["syncdir"] = [](const Words& w) {
    const int fd = ::open(w[1].c_str(), O_RDONLY | O_DIRECTORY);
    const bool done = fd >= 0 && ::fsync(fd) == 0;
    return ::close(fd) == 0 && done;
  };
}

void add_names(std::map<std::string, Call>& calls) {
  calls["rename"] = [](const Words& w) { return ::rename(w[1].c_str(), w[2].c_str()) == 0; };
  calls["renameat"] = [](const Words& w) { return ::renameat(AT_FDCWD, w[1].c_str(), AT_FDCWD, w[2].c_str()) == 0; };
  calls["renameat2"] = [](const Words& w) {
    return ::renameat2(AT_FDCWD, w[1].c_str(), AT_FDCWD, w[2].c_str(), RENAME_NOREPLACE) == 0;
  };
  calls["unlink"] = [](const Words& w) { return ::unlink(w[1].c_str()) == 0; };
  calls["unlinkat"] = [](const Words& w) { return ::unlinkat(AT_FDCWD, w[1].c_str(), 0) == 0; };
  calls["remove"] = [](const Words& w) { return std::remove(w[1].c_str()) == 0; };
  calls["link"] = [](const Words& w) { return ::link(w[1].c_str(), w[2].c_str()) == 0; };
  calls["linkat"] = [](const Words& w) { return ::linkat(AT_FDCWD, w[1].c_str(), AT_FDCWD, w[2].c_str(), 0) == 0; };
  calls["linkfd"] = [](const Words& w) {
    const std::string path = "/proc/self/fd/" + std::to_string(file(w[1]));
    return ::linkat(AT_FDCWD, path.c_str(), AT_FDCWD, w[2].c_str(), AT_SYMLINK_FOLLOW) == 0;
  };
  calls["symlink"] = [](const Words& w) { return ::symlink(w[1].c_str(), w[2].c_str()) == 0; };
  calls["symlinkat"] = [](const Words& w) { return ::symlinkat(w[1].c_str(), AT_FDCWD, w[2].c_str()) == 0; };
  calls["mkdir"] = [](const Words& w) { return ::mkdir(w[1].c_str(), 0755) == 0; };
  calls["mkdirat"] = [](const Words& w) { return ::mkdirat(AT_FDCWD, w[1].c_str(), 0755) == 0; };
  calls["rmdir"] = [](const Words& w) { return ::rmdir(w[1].c_str()) == 0; };
}

void add_processes(std::map<std::string, Call>& calls) {
  calls["shm"] = [](const Words&) {
    const int id = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    std::printf("%d\n", id);
    return id >= 0 && std::fflush(stdout) == 0;
  };
  calls["print"] = [](const Words& w) {
    const char* value = std::getenv(w[1].c_str());
    std::printf("%s\n", value == nullptr ? "" : value);
    return std::fflush(stdout) == 0;
  };
  calls["kill"] = [](const Words&) { return ::raise(SIGKILL) == 0; };
  calls["pause"] = [](const Words&) { return ::pause() == 0; };
  // Page after page of a file, each synced before its number is said, until it is killed.
  calls["append_for_ever"] = [](const Words& w) {
    for (off_t page = 0;; ++page) {
      const std::string text(4096, static_cast<char>('a' + page % 26));
      if (::pwrite(file(w[1]), text.data(), text.size(), page * 4096) != 4096 || ::fdatasync(file(w[1])) != 0)
        return false;
      std::printf("%ld\n", static_cast<long>(page + 1));
      if (std::fflush(stdout) != 0) return false;
    }
  };
}

Words split(const std::string& word) {
  Words parts;
  std::size_t at = 0;
  for (;;) {
    const std::size_t colon = word.find(':', at);
    parts.push_back(word.substr(at, colon - at));
    if (colon == std::string::npos) return parts;
    at = colon + 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* const root = std::getenv("HW_POWERLOSS_ROOT");
  if (root == nullptr || ::chdir(root) != 0) return 1;
  std::map<std::string, Call> calls;
  add_opens(calls);
  add_writes(calls);
  add_sizes_and_syncs(calls);
  add_names(calls);
  add_processes(calls);
  for (int i = 1; i < argc; ++i) {
    const Words word = split(argv[i]);
    if (word[0] == "fork") {  // A child does what follows; the parent waits for it.
      const pid_t child = ::fork();
      if (child == 0) continue;
      int status = 0;
      return ::waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
    }
    if (word[0] == "exec") {
      std::vector<char*> rest{argv[0]};
      for (int j = i + 1; j <= argc; ++j) rest.push_back(argv[j]);
      return ::execv("/proc/self/exe", rest.data());
    }
    const auto call = calls.find(word[0]);
    if (call == calls.end() || !call->second(word)) {
      std::perror(argv[i]);
      return 1;
    }
  }
  return 0;
}
