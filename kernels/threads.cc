#include "threads.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#endif

namespace kindred {
namespace {

// Whether this thread is at work on a chunk: what a chunk itself would share out, it does alone.
thread_local bool working = false;

struct Job {
  std::size_t chunks;
  unsigned workers;
  Task task;
  const void* context;
  std::atomic<std::size_t> next{0};

  void work(unsigned worker) {
    const bool nested = std::exchange(working, true);
    for (std::size_t chunk; (chunk = next.fetch_add(1, std::memory_order_relaxed)) < chunks;) {
      task(context, chunk, worker);
    }
    working = nested;
  }
};

class Pool {
 public:
  ~Pool() { stop(); }

  void run(Job& job) {
    const std::lock_guard<std::mutex> one_job_at_a_time(turn_);
    while (helpers_.size() + 1 < job.workers) {
      const unsigned worker = static_cast<unsigned>(helpers_.size()) + 1;
      helpers_.emplace_back([this, worker] { help(worker); });
      avoided_ = -1;
    }
    keep_off_this_processor();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      job_ = &job;
      generation_++;
    }
    wake_.notify_all();
    job.work(0);
    // A helper that has not woken by now finds no job; only those that took it are waited for.
    std::unique_lock<std::mutex> lock(mutex_);
    job_ = nullptr;
    idle_.wait(lock, [this] { return active_ == 0; });
  }

  void stop() {
    const std::lock_guard<std::mutex> one_job_at_a_time(turn_);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    for (std::thread& helper : helpers_) helper.join();
    helpers_.clear();
    ending_ = false;
  }

 private:
  // The system likes to wake a thread on the processor of whoever wakes it. That one is busy with the job: a helper would
  // wait there until the scheduler looks again, for milliseconds, while others are idle.
  void keep_off_this_processor() {
#if defined(__linux__)
    const int processor = sched_getcpu();
    cpu_set_t others;
    if (processor < 0 || processor == avoided_ || sched_getaffinity(0, sizeof others, &others) != 0) return;
    avoided_ = processor;
    if (CPU_COUNT(&others) > 1) CPU_CLR(static_cast<std::size_t>(processor), &others);
    // Helpers that stay where they are do the same work, later.
    for (std::thread& helper : helpers_) pthread_setaffinity_np(helper.native_handle(), sizeof others, &others);
#endif
  }

  void help(unsigned worker) {
    std::unique_lock<std::mutex> lock(mutex_);
    std::size_t seen = 0;
    for (;;) {
      wake_.wait(lock, [&] { return ending_ || (job_ != nullptr && generation_ != seen); });
      if (ending_) return;
      seen = generation_;
      Job* job = job_;
      if (worker >= job->workers) continue;
      active_++;
      lock.unlock();
      job->work(worker);
      lock.lock();
      if (--active_ == 0) idle_.notify_one();
    }
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  std::vector<std::thread> helpers_;
  // The processor that the helpers are kept off.
  int avoided_ = -1;
  Job* job_ = nullptr;
  std::size_t generation_ = 0;
  unsigned active_ = 0;
  bool ending_ = false;
};

Pool& pool() {
  static Pool instance;
  return instance;
}

std::atomic<unsigned> limit{0};

}  // namespace

unsigned processors() {
#if defined(__linux__)
  // Honours taskset and the cpusets of containers, as hardware_concurrency need not.
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1u, std::thread::hardware_concurrency());
}

unsigned threads() {
  const unsigned count = limit.load();
  return count == 0 ? processors() : count;
}

void set_threads(unsigned count) { limit.store(count); }

void stop_threads() { pool().stop(); }

void run(std::size_t chunks, unsigned workers, Task task, const void* context) {
  Job job{chunks, workers, task, context};
  if (workers <= 1 || working) {
    job.work(0);
  } else {
    pool().run(job);
  }
}

unsigned workers_for(std::size_t chunks, double operations) {
  if (operations < 1e6) return 1;
  return static_cast<unsigned>(std::min<std::size_t>(chunks, threads()));
}

void* allocate(std::size_t bytes) {
  constexpr std::size_t line = 64;
  const std::size_t rounded = (bytes + line - 1) / line * line;
  // Aligned by hand. What aligned allocation takes and what it leaves behind differ in size, so that a block that is
  // asked for again and again may never fit where the last one was: the process grows by one each time.
  char* const whole = static_cast<char*>(std::malloc(rounded + line));
  if (whole == nullptr) throw std::bad_alloc();
  char* const memory = whole + line - reinterpret_cast<std::uintptr_t>(whole) % line;
  std::memcpy(memory - sizeof whole, &whole, sizeof whole);
  expect_writes(memory, rounded);
  return memory;
}

void expect_writes([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__linux__)
  constexpr std::uintptr_t large_page = std::uintptr_t{1} << 21;
  const std::uintptr_t start = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t first = (start + large_page - 1) & ~(large_page - 1);
  const std::uintptr_t end = (start + bytes) & ~(large_page - 1);
  // Advice that is not taken costs time only.
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
#endif
}

void release(void* memory) {
  if (memory == nullptr) return;
  char* whole;
  std::memcpy(&whole, static_cast<char*>(memory) - sizeof whole, sizeof whole);
  std::free(whole);
}

}  // namespace kindred
