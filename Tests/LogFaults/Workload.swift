import FoundationEssentials
package import HindsightCore
import HindsightTesting

/// What a process is to append; travels to it as arguments of the form `key=value`.
package struct Workload: Sendable {
    /// Tells its batches from those of others in the same folder.
    package var name = "a"
    package var batches = Int.max
    /// How many tasks append at the same time.
    package var tasks = 4
    /// About how many bytes an event's data has.
    package var bytes = 40
    /// How often the log is opened and closed again on the way.
    package var sessions = 1
    /// After how many answers to a task the write-ahead log is moved into the file; 0 leaves that to the log.
    package var checkpointEvery = 0
    /// How often a batch is sent before the process gives it up.
    package var attempts = 20

    package init() {}

    package init(arguments: some Sequence<String>) throws {
        for argument in arguments {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Contradiction("\(argument) is not key=value") }
            if parts[0] == "name" {
                name = parts[1]
            } else {
                guard let field = Self.numbers[parts[0]], let number = Int(parts[1]) else { throw Contradiction("\(argument): unknown") }
                self[keyPath: field] = number
            }
        }
    }

    package var arguments: [String] { ["name=\(name)"] + Self.numbers.map { "\($0)=\(self[keyPath: $1])" }.sorted() }

    private static var numbers: [String: WritableKeyPath<Workload, Int>] {
        [
            "batches": \.batches, "tasks": \.tasks, "bytes": \.bytes, "sessions": \.sessions, "checkpointEvery": \.checkpointEvery,
            "attempts": \.attempts,
        ]
    }

    /// Batch `number`: 1 to 20 events over three streams, each of which says how many belong to it.
    package func batch(_ number: Int) throws -> TortureBatch {
        try TortureBatch("\(name).\(number)", size: 1 + number * 7 % 20, bytes: bytes)
    }
}

extension SeededGenerator {
    fileprivate mutating func makeEventID() -> EventID {
        withUnsafeBytes(of: (next(), next())) { bytes in
            EventID(UUID(uuid: bytes.loadUnaligned(as: uuid_t.self)))
        }
    }
}

/// A batch that is recognised afterwards, whole or not.
package struct TortureBatch: Sendable {
    package let name: String
    package let append: Append

    package init(_ name: String, size: Int, bytes: Int) throws {
        let filler = String(repeating: "x", count: bytes)
        // Ids follow from the name, so that another process can send the same batch again.
        var identities = SeededGenerator(name.utf8.reduce(0) { $0 &* 31 &+ UInt64($1) })
        self.name = name
        append = Append(
            try (0..<size).map { index in
                let event = NewEvent(
                    id: identities.makeEventID(), type: Self.type,
                    data: try JSONText(object: #"{"batch":"\#(name)","index":\#(index),"size":\#(size),"filler":"\#(filler)"}"#),
                    tags: [try Tag("batch:\(name)"), try Tag("index:\(index)")])
                return StreamWrite([event], to: try StreamName("torture-\(index % 3)"))
            })
    }

    package var size: Int { append.writes.count }

    static let type: EventType = "torture.happened"

    /// What an event of a batch says about itself.
    struct Content: Decodable {
        let batch: String
        let index: Int
        let size: Int
    }
}
