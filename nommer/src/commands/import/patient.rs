//! Input that may come slowly, as from a pipe that follows a file.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// So long nothing comes before it counts as quiet.
const QUIET: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

/// A file, of which it is told when nothing comes for a while.
pub struct Patient<F> {
    file: File,
    /// Called before each wait that lasts.
    quiet: F,
}

impl<F: FnMut()> Patient<F> {
    pub fn new(file: File, quiet: F) -> Self {
        Self { file, quiet }
    }
}

impl<F: FnMut()> Read for Patient<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !comes_soon(self.file.as_fd()) {
            (self.quiet)();
        }
        self.file.read(buffer)
    }
}

/// Whether a file has bytes, its end or an error before long. One that cannot be asked is read, which tells.
fn comes_soon(file: BorrowedFd<'_>) -> bool {
    let mut asked = [PollFd::from_borrowed_fd(file, PollFlags::IN)];
    loop {
        match poll(&mut asked, Some(&QUIET)) {
            Err(Errno::INTR) => {}
            answer => return answer != Ok(0),
        }
    }
}
