import HindsightTesting

/// A file as a process sees it, and as it may be found after the power was lost.
///
/// A disk keeps sectors of 512 bytes whole and promises nothing else: until a flush returns, each sector may hold anything that it held
/// since the last one. After a flush that failed, Linux takes pages for written that are not (https://lwn.net/Articles/752063/, read
/// 2026-11): such a page stays in doubt, through every later flush, until it is written again.
struct FileModel {
    static let sectorBytes = 512
    static let sectorsPerPage = 8

    /// What the process reads.
    private(set) var content: [UInt8] = []
    /// What certainly is on the disk.
    private(set) var durable: [UInt8] = []
    /// Every size since the last flush.
    private var sizes: [Int] = []
    /// What each sector held since it was durable, oldest first, with the number of the change.
    private var versions: [Int: [(change: Int, bytes: [UInt8])]] = [:]
    private var changes = 0
    /// Sectors that no later flush makes durable.
    private var doubtful: Set<Int> = []

    mutating func write(_ bytes: [UInt8], at offset: Int) {
        guard !bytes.isEmpty else { return }
        let end = offset + bytes.count
        if content.count < end { resize(to: end) }
        content.replaceSubrange(offset..<end, with: bytes)
        changes += 1
        for sector in (offset / Self.sectorBytes)...((end - 1) / Self.sectorBytes) {
            versions[sector, default: []].append((changes, Array(content[range(of: sector, in: content)])))
            // Its page is written as a whole by the next flush.
            let first = sector - sector % Self.sectorsPerPage
            if !doubtful.isEmpty { doubtful.subtract(first..<(first + Self.sectorsPerPage)) }
        }
    }

    mutating func truncate(to size: Int) { resize(to: size) }

    mutating func flush() {
        var flushed = content
        for sector in doubtful {
            let range = range(of: sector, in: flushed)
            let known = durable[min(range.lowerBound, durable.count)..<min(range.upperBound, durable.count)]
            flushed.replaceSubrange(range, with: known + [UInt8](repeating: 0, count: range.count - known.count))
        }
        durable = flushed
        versions = versions.filter { doubtful.contains($0.key) }
        sizes = []
    }

    mutating func failToFlush() { doubtful.formUnion(versions.keys) }

    /// What is found when each unit of so many sectors holds what it held at some moment since it was durable.
    func found(losingUnitsOf sectors: Int, using generator: inout SeededGenerator) -> [UInt8] {
        var result = durable
        let size = ([durable.count] + sizes).randomElement(using: &generator) ?? durable.count
        Self.resize(&result, to: size)
        for (_, unit) in Dictionary(grouping: versions.keys, by: { $0 / sectors }).sorted(by: { $0.key < $1.key }) {
            let changes = Set(unit.flatMap { versions[$0, default: []].map(\.change) })
            guard let last = ([0] + changes.sorted()).randomElement(using: &generator) else { continue }
            for sector in unit {
                guard let bytes = versions[sector, default: []].last(where: { $0.change <= last })?.bytes else { continue }
                let range = range(of: sector, in: result)
                result.replaceSubrange(range.prefix(bytes.count), with: bytes.prefix(range.count))
            }
        }
        return result
    }

    private mutating func resize(to size: Int) {
        Self.resize(&content, to: size)
        sizes.append(size)
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count { bytes.removeLast(bytes.count - size) }
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
    }

    private func range(of sector: Int, in bytes: [UInt8]) -> Range<Int> {
        let start = min(sector * Self.sectorBytes, bytes.count)
        return start..<min(start + Self.sectorBytes, bytes.count)
    }
}
