import HindsightCore
import SQLiteConnection

/// Compares the index by type, category and tag with the events, both ways.
///
/// The index lies in the order of its properties, the events in that of their positions. Each is walked once; a sum of hashes for each block
/// says whether they agree, and only blocks that differ are looked at closely. That takes 8 bytes of memory for 1,024 events.
struct IndexCheck {
    private let view: LogView
    private let blocks: Int64
    /// Of each block: the hashes of its rows in the index, less those that the events ask for.
    private var differences: [UInt64]
    private var findings = LogFindings()

    private init(_ view: LogView) throws {
        self.view = view
        blocks = try view.indexedBlocks()
        differences = [UInt64](repeating: 0, count: Int(blocks))
    }

    static func run(_ view: LogView, progress: (Position, Position) throws -> Void) throws -> LogFindings {
        var check = try IndexCheck(view)
        guard view.format >= LogFile.firstFormatWithPostings else { return check.findings }
        try check.addIndex()
        try check.compareEvents(progress)
        return check.findings
    }

    private mutating func addIndex() throws {
        var strays = 0
        try view.connection.statement("SELECT kind, number, block, offsets FROM postings").forEach([]) { row in
            let block = row.integer(2)
            guard (0..<blocks).contains(block) else {
                strays += 1
                return true
            }
            differences[Int(block)] &+= Self.hash(row.integer(0), row.integer(1), row.lentBytes(3))
            return true
        }
        if strays > 0 { findings.add(.index, "\(strays) rows are of blocks that are not complete") }
    }

    private static func hash(_ kind: Int64, _ number: Int64, _ offsets: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(kind)
        hasher.combine(number)
        hasher.combine(bytes: offsets)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    /// What the index keeps of these offsets, as the format has it: said here once more, so that the writer's error would show.
    private static func bytes(of offsets: [UInt16]) -> [UInt8] {
        offsets.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    }

    private mutating func compareEvents(_ progress: (Position, Position) throws -> Void) throws {
        let head = try view.headPosition()
        for block in 0..<blocks {
            do {
                try compare(block)
            } catch EventLogError.damaged(let position, let reason) {
                findings.add(.index, at: position ?? Block.first(block), "the block cannot be compared: \(reason)")
            }
            try progress(Block.last(block), head)
        }
    }

    /// A row that the events of a block ask for.
    private struct Expected {
        let kind: PostingKind
        let number: Int64?
        let offsets: [UInt16]
    }

    private mutating func compare(_ block: Int64) throws {
        let expected = try expectedRows(of: block)
        for row in expected {
            let bytes = Self.bytes(of: row.offsets)
            differences[Int(block)] &-= bytes.withUnsafeBytes { Self.hash(row.kind.rawValue, row.number ?? 0, $0) }
        }
        guard differences[Int(block)] != 0 else { return }
        var isExplained = false
        for row in expected {
            let wanted = Set(row.offsets.map(Int.init))
            let found = try row.number.map { Set(try view.postings.subset(row.kind, $0, in: block).offsets) } ?? []
            if let offset = wanted.symmetricDifference(found).min() {
                isExplained = true
                let event = Block.first(block) + Int64(offset)
                findings.add(
                    .index, at: event,
                    wanted.contains(offset) ? "is not found by its \(row.kind)" : "is found by a \(row.kind) that it does not have")
            }
        }
        if !isExplained { findings.add(.index, at: Block.first(block), "the block is found by something that no event of it has") }
    }

    private func expectedRows(of block: Int64) throws -> [Expected] {
        struct Property: Hashable {
            let kind: PostingKind
            let name: String
        }
        var offsets: [Property: [UInt16]] = [:]
        for (index, event) in try view.indexedProperties(in: Block.first(block)...Block.last(block)).enumerated() {
            let offset = UInt16(index)
            offsets[Property(kind: .type, name: event.type.description), default: []].append(offset)
            offsets[Property(kind: .category, name: event.category.description), default: []].append(offset)
            for tag in event.tags {
                let property = Property(kind: .tag, name: tag.description)
                if offsets[property]?.last != offset { offsets[property, default: []].append(offset) }
            }
        }
        return try offsets.map { property, offsets in
            Expected(kind: property.kind, number: try property.kind.names.number(of: property.name, on: view.connection), offsets: offsets)
        }
    }
}
