#include "source/fault_guard.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <limits>
#include <mutex>

namespace modelkin {

// A node of a list that only grows (a signal handler walks it without locks); unused nodes have
// begin == end == 0 and are taken again.
struct FaultGuard::Region {
  std::atomic<std::uintptr_t> begin{0};
  std::atomic<std::uintptr_t> end{0};
  std::atomic<std::uint64_t> lost_byte{std::numeric_limits<std::uint64_t>::max()};
  Region* next = nullptr;
};

namespace {

constexpr std::uint64_t kNothingLost = std::numeric_limits<std::uint64_t>::max();

std::mutex registry_mutex;
std::atomic<FaultGuard::Region*> first_region{nullptr};
std::uintptr_t page_bytes = 4096;  // set before the handler is installed

// Only async-signal-safe calls here.
void OnBusError(int signal, siginfo_t* info, void*) {
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (auto* region = first_region.load(); region != nullptr; region = region->next) {
    const std::uintptr_t begin = region->begin.load();
    const std::uintptr_t end = region->end.load();
    if (address < begin || address >= end) continue;
    std::uint64_t nothing = kNothingLost;
    region->lost_byte.compare_exchange_strong(nothing, address - begin);
    const std::uintptr_t page = address & ~(page_bytes - 1);
    // The system call itself: what stands before libc's mmap (a sanitizer, say) is not for
    // handlers, and would call this replacement of lost pages a write that races with their
    // readers.
    const long mapped = syscall(SYS_mmap, page, end - page, PROT_READ,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
    if (mapped != -1) return;
  }
  std::signal(signal, SIG_DFL);  // not ours: the access is retried and ends the process
}

void InstallHandlerOnce() {
  static const bool installed = [] {
    page_bytes = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    struct sigaction action = {};
    action.sa_sigaction = OnBusError;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigemptyset(&action.sa_mask);
    return sigaction(SIGBUS, &action, nullptr) == 0;
  }();
  (void)installed;
}

FaultGuard::Region* TakeUnusedRegion() {
  for (auto* region = first_region.load(); region != nullptr; region = region->next) {
    if (region->end.load() == 0) return region;
  }
  auto* region = new FaultGuard::Region;  // never freed: the handler may be walking the list
  region->next = first_region.load();
  first_region.store(region);
  return region;
}

}  // namespace

FaultGuard::FaultGuard(const std::byte* data, std::size_t length_bytes) {
  if (length_bytes == 0) return;  // its region would look unused, and be given to another guard
  InstallHandlerOnce();
  const std::lock_guard lock(registry_mutex);
  region_ = TakeUnusedRegion();
  region_->lost_byte.store(kNothingLost);
  const auto begin = reinterpret_cast<std::uintptr_t>(data);
  region_->begin.store(begin);
  region_->end.store(begin + length_bytes);
}

FaultGuard::~FaultGuard() {
  if (region_ == nullptr) return;
  const std::lock_guard lock(registry_mutex);
  region_->end.store(0);  // first: with begin at 0, it would match every address below end
  region_->begin.store(0);
}

std::optional<std::uint64_t> FaultGuard::lost_byte() const {
  if (region_ == nullptr) return std::nullopt;
  const std::uint64_t lost = region_->lost_byte.load(std::memory_order_acquire);
  if (lost == kNothingLost) return std::nullopt;
  return lost;
}

}  // namespace modelkin
