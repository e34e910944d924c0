/// engine/base/thread_annotations.h -- what is locked by what, for Clang to check (-Wthread-safety). Nothing for other
/// compilers.
///
/// A field says HW_GUARDED_BY(its mutex); a private function that runs under it HW_REQUIRES(it). A lambda that runs
/// under a lock says so, too: `[this]() HW_REQUIRES(mutex_) { return done_; }`. The analysis sees one function at a
/// time, and no lock that is moved, or taken only by some outcomes: of such a function HW_NO_THREAD_SAFETY_ANALYSIS
/// takes the check away, and a comment says why.
#pragma once

#ifdef __clang__
#define HW_THREAD_ANNOTATION(what) __attribute__((what))
#else
#define HW_THREAD_ANNOTATION(what)
#endif

#define HW_CAPABILITY(name) HW_THREAD_ANNOTATION(capability(name))
#define HW_SCOPED_CAPABILITY HW_THREAD_ANNOTATION(scoped_lockable)
#define HW_GUARDED_BY(mutex) HW_THREAD_ANNOTATION(guarded_by(mutex))
#define HW_PT_GUARDED_BY(mutex) HW_THREAD_ANNOTATION(pt_guarded_by(mutex))
#define HW_REQUIRES(...) HW_THREAD_ANNOTATION(requires_capability(__VA_ARGS__))
#define HW_ACQUIRE(...) HW_THREAD_ANNOTATION(acquire_capability(__VA_ARGS__))
#define HW_ACQUIRE_SHARED(...) HW_THREAD_ANNOTATION(acquire_shared_capability(__VA_ARGS__))
#define HW_RELEASE(...) HW_THREAD_ANNOTATION(release_capability(__VA_ARGS__))
#define HW_RELEASE_SHARED(...) HW_THREAD_ANNOTATION(release_shared_capability(__VA_ARGS__))
#define HW_ASSERT_CAPABILITY(mutex) HW_THREAD_ANNOTATION(assert_capability(mutex))
#define HW_NO_THREAD_SAFETY_ANALYSIS HW_THREAD_ANNOTATION(no_thread_safety_analysis)
