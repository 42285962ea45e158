import Crypto
import HindsightCore

/// One projection, as everything sees it that does not know its types.
struct ProjectionDefinition<P: Projection>: AnyProjection {
    let projection: P
    let code: ProjectionCode
    let indexes: [String]

    init(_ projection: P) {
        self.projection = projection
        indexes = projection.indexes.map(\.name).sorted()
        var hash = SHA256()
        for text in P.Event.codec.types.map(\.description) + ["indexes"] + indexes {
            hash.update(data: Array(text.utf8))
            hash.update(data: [0])
        }
        code = ProjectionCode(version: projection.version, fingerprint: Array(hash.finalize()).prefix(8).hexadecimal)
    }

    var name: String { projection.name }
    var types: [EventType] { P.Event.codec.types }

    func makeFold(capacity: Int) -> any AnyProjectionFold { ProjectionFold(projection, capacity: capacity) }

    func makeReplay(of key: String, from body: [UInt8]?) throws -> any AnyRowReplay {
        try RowReplay(projection, key: key, from: body)
    }

    func makeKeyProbe() -> (borrowing BorrowedEvent) throws -> [String] {
        { [projection] event in
            guard let decoded = try P.Event.codec.decode(event) else { return [] }
            return try projection.keys(for: Recorded(decoded, from: event))
        }
    }
}
