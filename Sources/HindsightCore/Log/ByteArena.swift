/// Bytes put one after the other in a single block of memory, for what is hashed, or lent to a database, without a copy.
///
/// What was appended stays where it is for as long as nothing more is appended. `@unchecked Sendable`: whoever fills it hands it on, and
/// leaves it alone from then on.
package final class ByteArena: @unchecked Sendable {
    // Nothing here calls back while it changes them, so nobody needs to look out for that at run time.
    @exclusivity(unchecked) private var start: UnsafeMutableRawPointer
    @exclusivity(unchecked) package private(set) var count = 0
    @exclusivity(unchecked) private var capacity: Int

    package init(capacity: Int) {
        self.capacity = max(capacity, 64)
        start = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { start.deallocate() }

    /// Keeps the memory for what comes next.
    package func removeAll() { count = 0 }

    /// - Returns: Where they lie.
    @discardableResult
    package func append(_ bytes: UnsafeRawBufferPointer) -> Range<Int> {
        let place = count..<count + bytes.count
        if let address = bytes.baseAddress { makeRoom(for: bytes.count).copyMemory(from: address, byteCount: bytes.count) }
        return place
    }

    /// Eight bytes, big-endian.
    package func append(_ number: Int64) { makeRoom(for: 8).storeBytes(of: number.bigEndian, as: Int64.self) }

    /// Leaves so many bytes to be stored later.
    ///
    /// - Returns: Where they begin.
    package func appendGap(of byteCount: Int) -> Int {
        _ = makeRoom(for: byteCount)
        return count - byteCount
    }

    /// Eight bytes, big-endian, in place of those at `offset`.
    package func store(_ number: Int64, at offset: Int) {
        precondition(offset >= 0 && offset + 8 <= count, "bytes are stored where some were appended")
        start.storeBytes(of: number.bigEndian, toByteOffset: offset, as: Int64.self)
    }

    package func store(_ digest: EventDigest, at offset: Int) {
        precondition(offset >= 0 && offset + EventDigest.byteCount <= count, "bytes are stored where some were appended")
        start.storeBytes(of: digest.words, toByteOffset: offset, as: SIMD4<UInt64>.self)
    }

    /// Good until something is appended.
    package subscript(range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes are read where some were appended")
        return UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    /// The place for so many bytes at the end, which count from now on.
    private func makeRoom(for byteCount: Int) -> UnsafeMutableRawPointer {
        if count + byteCount > capacity { grow(to: count + byteCount) }
        defer { count += byteCount }
        return start + count
    }

    private func grow(to needed: Int) {
        capacity = max(needed, 2 * capacity)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
        larger.copyMemory(from: start, byteCount: count)
        start.deallocate()
        start = larger
    }
}
