// SPDX-License-Identifier: Apache-2.0

//! An append-only log on disk, split into segments.
//!
//! A record is written as
//!
//! ```text
//! length (4 bytes, little-endian) | crc32 of the data (4 bytes) | data
//! ```
//!
//! Segments are files named after the number of their first record, for example
//! `00000000000000001024.seg`. Old segments are removed as a whole. After a crash the last
//! segment may end with a torn record, which is cut off when the log is opened.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const HEADER: u64 = 8;
const MAX_RECORD: usize = 16 << 20;
/// One entry in the sparse index for this many records.
const INDEX_EVERY: u64 = 64;

#[derive(Debug)]
pub enum LogError {
    Io(io::Error),
    Corrupt { segment: u64, offset: u64 },
    TooLarge(usize),
    /// The record has been removed together with its segment.
    Gone { first: u64 },
}

impl From<io::Error> for LogError {
    fn from(e: io::Error) -> Self {
        LogError::Io(e)
    }
}

pub type Result<T> = std::result::Result<T, LogError>;

/// When data are forced to the disk.
#[derive(Clone, Copy, Debug)]
pub enum SyncPolicy {
    Always,
    Every(Duration),
    Never,
}

#[derive(Clone, Debug)]
pub struct Options {
    pub segment_bytes: u64,
    pub retain_bytes: Option<u64>,
    pub sync: SyncPolicy,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            segment_bytes: 64 << 20,
            retain_bytes: None,
            sync: SyncPolicy::Every(Duration::from_millis(50)),
        }
    }
}

struct Segment {
    first: u64,
    path: PathBuf,
    size: u64,
    count: u64,
    /// Offset of every 64th record.
    index: Vec<u64>,
}

pub struct Log {
    dir: PathBuf,
    options: Options,
    segments: BTreeMap<u64, Segment>,
    active: File,
    next: u64,
    last_sync: Instant,
    dirty: bool,
}

/// Table-driven CRC-32 (polynomial 0xEDB88320), as used by zip and Ethernet.
fn crc32(data: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in data {
        crc ^= byte as u32;
        for _ in 0..8 {
            let mask = (crc & 1).wrapping_neg();
            crc = (crc >> 1) ^ (0xEDB8_8320 & mask);
        }
    }
    !crc
}

fn segment_path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.seg"))
}

/// Reads one record. `Ok(None)` means a clean end of the file.
fn read_record<R: Read>(r: &mut R) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0u8; HEADER as usize];
    match r.read_exact(&mut header) {
        Ok(()) => {}
        Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(e) => return Err(e),
    }
    let length = u32::from_le_bytes(header[0..4].try_into().unwrap()) as usize;
    let crc = u32::from_le_bytes(header[4..8].try_into().unwrap());
    let mut data = vec![0u8; length];
    r.read_exact(&mut data)?;
    if crc32(&data) != crc {
        return Err(io::Error::new(ErrorKind::InvalidData, "checksum"));
    }
    Ok(Some(data))
}

impl Segment {
    /// Walks through a segment, builds the index and finds the end of the valid part.
    fn scan(path: PathBuf, first: u64) -> Result<Segment> {
        let mut reader = BufReader::new(File::open(&path)?);
        let mut segment = Segment { first, path, size: 0, count: 0, index: Vec::new() };
        loop {
            match read_record(&mut reader) {
                Ok(Some(data)) => {
                    segment.note(data.len());
                }
                Ok(None) => return Ok(segment),
                Err(e) => match e.kind() {
                    ErrorKind::UnexpectedEof | ErrorKind::InvalidData => return Ok(segment),
                    _ => return Err(e.into()),
                },
            }
        }
    }

    /// Accounts for a record of this length at the end of the segment.
    fn note(&mut self, length: usize) {
        if self.count % INDEX_EVERY == 0 {
            self.index.push(self.size);
        }
        self.count += 1;
        self.size += HEADER + length as u64;
    }
}

impl Log {
    /// Opens the log in a directory, which is created if necessary.
    pub fn open(dir: impl Into<PathBuf>, options: Options) -> Result<Log> {
        let dir = dir.into();
        fs::create_dir_all(&dir)?;
        let mut segments = BTreeMap::new();
        for entry in fs::read_dir(&dir)? {
            let path = entry?.path();
            if path.extension().and_then(|e| e.to_str()) != Some("seg") {
                continue;
            }
            let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or("");
            if let Ok(first) = stem.parse::<u64>() {
                segments.insert(first, Segment::scan(path, first)?);
            }
        }
        if segments.is_empty() {
            let path = segment_path(&dir, 0);
            File::create(&path)?;
            segments.insert(0, Segment::scan(path, 0)?);
        }
        let last = segments.values().next_back().unwrap();
        let next = last.first + last.count;
        let mut active = OpenOptions::new().read(true).write(true).open(&last.path)?;
        // Cut off what a crash may have left behind.
        active.set_len(last.size)?;
        active.seek(SeekFrom::End(0))?;
        Ok(Log { dir, options, segments, active, next, last_sync: Instant::now(), dirty: false })
    }

    /// Appends a record and returns its number.
    pub fn append(&mut self, data: &[u8]) -> Result<u64> {
        if data.len() > MAX_RECORD {
            return Err(LogError::TooLarge(data.len()));
        }
        let full = {
            let last = self.segments.values().next_back().unwrap();
            last.count > 0 && last.size >= self.options.segment_bytes
        };
        if full {
            self.roll()?;
        }
        self.active.write_all(&(data.len() as u32).to_le_bytes())?;
        self.active.write_all(&crc32(data).to_le_bytes())?;
        self.active.write_all(data)?;
        self.segments.values_mut().next_back().unwrap().note(data.len());
        let number = self.next;
        self.next += 1;
        self.dirty = true;
        match self.options.sync {
            SyncPolicy::Always => self.sync()?,
            SyncPolicy::Every(pause) if self.last_sync.elapsed() >= pause => self.sync()?,
            _ => {}
        }
        Ok(number)
    }

    /// Forces everything appended so far to the disk.
    pub fn sync(&mut self) -> Result<()> {
        if self.dirty {
            self.active.sync_data()?;
            self.dirty = false;
            self.last_sync = Instant::now();
        }
        Ok(())
    }

    /// Starts a new segment.
    fn roll(&mut self) -> Result<()> {
        let path = segment_path(&self.dir, self.next);
        let file = OpenOptions::new().create(true).read(true).write(true).open(&path)?;
        self.segments.insert(
            self.next,
            Segment { first: self.next, path, size: 0, count: 0, index: Vec::new() },
        );
        self.active = file;
        if let Some(limit) = self.options.retain_bytes {
            self.trim(limit)?;
        }
        Ok(())
    }

    /// Removes the oldest segments until at most `limit` bytes are left.
    pub fn trim(&mut self, limit: u64) -> Result<usize> {
        let mut total: u64 = self.segments.values().map(|s| s.size).sum();
        let mut removed = 0;
        while total > limit {
            let Some((&first, segment)) = self.segments.iter().next() else { break };
            total -= segment.size;
            fs::remove_file(&segment.path)?;
            self.segments.remove(&first);
            removed += 1;
        }
        Ok(removed)
    }

    /// Number of the oldest record that can still be read.
    pub fn first(&self) -> u64 {
        *self.segments.keys().next().unwrap()
    }

    /// Number that the next record will get.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Reads one record by its number.
    pub fn read(&self, number: u64) -> Result<Option<Vec<u8>>> {
        if number >= self.next {
            return Ok(None);
        }
        if number < self.first() {
            return Err(LogError::Gone { first: self.first() });
        }
        let segment = self.segments.range(..=number).next_back().unwrap().1;
        let relative = number - segment.first;
        let start = segment.index[(relative / INDEX_EVERY) as usize];
        let mut reader = BufReader::new(File::open(&segment.path)?);
        reader.seek(SeekFrom::Start(start))?;
        for _ in 0..relative % INDEX_EVERY {
            skip_record(&mut reader)?;
        }
        match read_record(&mut reader) {
            Ok(data) => Ok(data),
            Err(e) if e.kind() == ErrorKind::InvalidData => {
                Err(LogError::Corrupt { segment: segment.first, offset: start })
            }
            Err(e) => Err(e.into()),
        }
    }

    /// Calls `f` for each record from `from` on, until it returns false.
    pub fn for_each(&self, from: u64, mut f: impl FnMut(u64, &[u8]) -> bool) -> Result<u64> {
        let mut number = from.max(self.first());
        while let Some(data) = self.read(number)? {
            if !f(number, &data) {
                break;
            }
            number += 1;
        }
        Ok(number)
    }
}

fn skip_record<R: Read + Seek>(r: &mut R) -> io::Result<()> {
    let mut header = [0u8; HEADER as usize];
    r.read_exact(&mut header)?;
    let length = u32::from_le_bytes(header[0..4].try_into().unwrap());
    r.seek(SeekFrom::Current(length as i64))?;
    Ok(())
}

impl Drop for Log {
    fn drop(&mut self) {
        let _ = self.sync();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temp(name: &str) -> PathBuf {
        let dir = std::env::temp_dir().join(format!("segment-log-{name}"));
        let _ = fs::remove_dir_all(&dir);
        dir
    }

    #[test]
    fn appends_and_reads_back() {
        let mut log = Log::open(temp("basic"), Options::default()).unwrap();
        for i in 0..200u64 {
            assert_eq!(log.append(format!("record {i}").as_bytes()).unwrap(), i);
        }
        assert_eq!(log.read(131).unwrap().unwrap(), b"record 131");
        assert!(log.read(200).unwrap().is_none());
    }

    #[test]
    fn survives_a_torn_record() {
        let dir = temp("torn");
        {
            let mut log = Log::open(&dir, Options::default()).unwrap();
            log.append(b"first").unwrap();
            log.append(b"second").unwrap();
        }
        let path = segment_path(&dir, 0);
        let size = fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(size - 3).unwrap();
        let mut log = Log::open(&dir, Options::default()).unwrap();
        assert_eq!(log.next(), 1);
        assert_eq!(log.append(b"again").unwrap(), 1);
        assert_eq!(log.read(1).unwrap().unwrap(), b"again");
    }

    #[test]
    fn rolls_and_trims() {
        let options = Options { segment_bytes: 100, retain_bytes: Some(300), ..Options::default() };
        let mut log = Log::open(temp("roll"), options).unwrap();
        for _ in 0..50 {
            log.append(&[7u8; 40]).unwrap();
        }
        assert!(log.first() > 0);
        assert!(matches!(log.read(0), Err(LogError::Gone { .. })));
    }
}
