//! Large results in huge pages, as numpy has its large arrays.
//!
//! A result is written once, into memory that the system hands out page by page: at 4 KiB a page that takes longer than
//! any kernel that writes it (on a virtual machine 126 ms for 128 MB, with pages of 2 MiB 30 ms).

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator, which asks for huge pages where an allocation is large.
struct HugePages;

#[global_allocator]
static ALLOCATOR: HugePages = HugePages;

/// Bytes from which on an allocation asks for huge pages: numpy's bound.
const LARGE: usize = 4 << 20;

// SAFETY: every call goes to `System` as it came; advice changes no byte of the memory and no pointer.
#[expect(unsafe_code, reason = "an allocator is pointers")]
unsafe impl GlobalAlloc for HugePages {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `GlobalAlloc`, which is that of `System`.
        advised(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`. Pages that the system zeroes have not been touched yet, so the advice still counts.
        advised(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`; `start` came from `System`.
        unsafe { System.dealloc(start, layout) }
    }

    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        unsafe { System.realloc(start, layout, size) }
    }
}

/// `start`, after the whole pages of its `bytes` were recommended for huge ones.
fn advised(start: *mut u8, bytes: usize) -> *mut u8 {
    #[cfg(target_os = "linux")]
    if bytes >= LARGE && !start.is_null() {
        const PAGE: usize = 4096;
        let skipped = start.addr().next_multiple_of(PAGE) - start.addr();
        // SAFETY: the range lies within the allocation, and this advice only says how its pages may be kept. A refusal
        // (a system without huge pages) changes nothing, so it is not looked at.
        #[expect(unsafe_code, reason = "a system call")]
        unsafe {
            libc::madvise(start.add(skipped).cast(), bytes - skipped, libc::MADV_HUGEPAGE);
        }
    }
    start
}
