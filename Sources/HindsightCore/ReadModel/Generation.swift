/// The code that filled a set of rows: rows of other code are not gone on with.
public struct ProjectionCode: Sendable, Hashable {
    /// As the projection's author counts it.
    public let version: Int
    /// Of what shows from outside: the types that are read and the declared indexes; it tells code apart whose author forgot to count.
    public let fingerprint: String

    public init(version: Int, fingerprint: String) {
        self.version = version
        self.fingerprint = fingerprint
    }
}

/// One set of rows of a projection.
public struct Generation: Sendable, Hashable {
    public let projection: String
    /// Grows with each generation of a store, whatever its projection.
    public let number: Int
    public let code: ProjectionCode

    public init(projection: String, number: Int, code: ProjectionCode) {
        self.projection = projection
        self.number = number
        self.code = code
    }
}

/// How far the rows of a generation are: whoever goes on with them must have seen the last of them.
public struct Checkpoint: Sendable, Hashable {
    /// How far the log has been folded.
    public let position: Position
    /// How often the past of rows was told anew: then what was read of them before holds no more.
    public let revision: Int64

    public init(position: Position, revision: Int64) {
        self.position = position
        self.revision = revision
    }

    public static let start = Checkpoint(position: 0, revision: 0)
}

/// A generation as the store keeps it.
public struct StoredGeneration: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable, Codable {
        /// Being filled beside the one that serves.
        case building
        /// Answers questions. One at most of each projection.
        case serving
        /// Served before, and is kept so that it can serve again at once.
        case retired
    }

    public let generation: Generation
    public let status: Status
    public let checkpoint: Checkpoint
    /// Who asked for it and when; `nil` for one that the program made because there was none.
    public let order: RebuildOrder?

    public init(generation: Generation, status: Status, checkpoint: Checkpoint, order: RebuildOrder?) {
        self.generation = generation
        self.status = status
        self.checkpoint = checkpoint
        self.order = order
    }
}

/// Somebody's wish that a read model be folded anew.
public struct RebuildOrder: Sendable, Hashable {
    public enum Purpose: String, Sendable, Hashable, Codable {
        /// It shall serve.
        case rebuild
        /// It is compared with the one that serves, and goes.
        case verify
    }

    public let purpose: Purpose
    /// An opaque id.
    public let actor: String
    public let at: Timestamp

    public init(_ purpose: Purpose, actor: String, at: Timestamp) {
        self.purpose = purpose
        self.actor = actor
        self.at = at
    }
}
