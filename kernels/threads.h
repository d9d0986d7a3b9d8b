// A small pool of threads that lives as long as the process. Work comes in numbered chunks whose bounds depend on the
// problem alone, never on the number of threads, so neither do results.
#pragma once

#include <cstddef>
#include <new>

namespace kindred {

// What this process may run on.
unsigned processors();

// Threads that a kernel may use, the calling one included; `processors()` until it is set.
unsigned threads();
void set_threads(unsigned count);

// Ends the pool's threads; a later run starts new ones.
void stop_threads();

using Task = void (*)(const void* context, std::size_t chunk, unsigned worker);

// Calls task(context, chunk, worker) once for each chunk below `chunks`, in any order, with worker < workers, and
// returns when all are done. The calling thread takes part as worker 0. Tasks must not throw; a run within a task has one
// worker.
void run(std::size_t chunks, unsigned workers, Task task, const void* context);

// Threads worth waking: one for work of less than about 50 microseconds (10^6 multiply-adds or so), and never more than chunks.
unsigned workers_for(std::size_t chunks, double operations);

// 64-byte aligned memory. Throws std::bad_alloc.
void* allocate(std::size_t bytes);
void release(void* memory);

// Asks for large pages behind memory that is about to be written: the first touch of each small page costs as much as
// a thousand results. Does nothing for little memory, for memory in use, or where the system has no such thing.
void expect_writes(void* memory, std::size_t bytes);

}  // namespace kindred

#ifdef KINDRED_LEVEL
namespace kindred::KINDRED_LEVEL {

// Scratch memory of one call, 64-byte aligned, not initialised.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t count) : values_(static_cast<T*>(allocate(count * sizeof(T) + 64))) {}
  ~Scratch() { release(values_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  operator T*() const { return values_; }

 private:
  T* values_;
};

// One T for each worker, all made by the calling thread: a worker never allocates, so it never throws. No two share a line
// of the cache, nor a pair of lines, which some processors fetch together.
template <class T>
class PerWorker {
 public:
  template <class... Arguments>
  explicit PerWorker(unsigned workers, const Arguments&... arguments) : slots_(workers) {
    for (; made_ < workers; made_++) new (slots_ + made_) Slot{T(arguments...), {}};
  }
  ~PerWorker() {
    while (made_ > 0) slots_[--made_].~Slot();
  }
  T& operator[](unsigned worker) const { return slots_[worker].value; }

 private:
  struct alignas(64) Slot {
    T value;
    char apart[64];
  };

  Scratch<Slot> slots_;
  unsigned made_ = 0;
};

template <class Work>
inline void for_each_chunk(std::size_t chunks, unsigned workers, const Work& work) {
  run(
      chunks, workers,
      [](const void* context, std::size_t chunk, unsigned worker) {
        (*static_cast<const Work*>(context))(chunk, worker);
      },
      &work);
}

}  // namespace kindred::KINDRED_LEVEL
#endif
