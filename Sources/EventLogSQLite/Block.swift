import HindsightCore

/// 1,024 positions, which the index by type, category and tag treats as one: block 0 is 1…1024.
enum Block {
    static let size: Int64 = 1_024

    static func number(of position: Position) -> Int64 { (position - 1) / size }
    static func first(_ block: Int64) -> Position { block * size + 1 }
    static func last(_ block: Int64) -> Position { (block + 1) * size }

    /// How many blocks a log with this head has complete, and so in the index.
    static func completed(by head: Position) -> Int64 { head / size }
}

/// Some of the events of a block.
struct BlockSubset: Equatable {
    /// A bit for each position.
    private var words = [UInt64](repeating: 0, count: Int(Block.size) / 64)

    static let empty = BlockSubset()

    static let whole: BlockSubset = {
        var subset = BlockSubset()
        for index in subset.words.indices { subset.words[index] = .max }
        return subset
    }()

    var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }
    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func insert(_ offset: Int) { words[offset / 64] |= 1 << (offset % 64) }

    mutating func formUnion(_ other: BlockSubset) {
        for index in words.indices { words[index] |= other.words[index] }
    }

    mutating func formIntersection(_ other: BlockSubset) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    func contains(_ offset: Int) -> Bool { words[offset / 64] & 1 << (offset % 64) != 0 }

    /// Ascending.
    var offsets: [Int] {
        var offsets: [Int] = []
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                offsets.append(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return offsets
    }

    // MARK: - As the index keeps it

    /// - Parameter bytes: Ascending offsets of two bytes each, big-endian.
    /// - Returns: `nil` for what no append can have written.
    init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count.isMultiple(of: 2) else { return nil }
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let offset = Int(bytes[index]) << 8 | Int(bytes[index + 1])
            guard offset < Block.size else { return nil }
            insert(offset)
        }
    }

    private init() {}
}
