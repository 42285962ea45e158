import Synchronization

/// Keeps the rows of projections: disposable, one set per node, rebuilt from the log at any moment.
///
/// Of each row it keeps the present state, the positions of the events that concerned it, and a state now and then; what held in between is
/// folded from those few events. Lists of the past come from the spans in which index entries held. Rows and checkpoint are stored in one
/// transaction. See `Decisions/0003`.
public protocol ReadModelStore: Sendable {
    // MARK: Generations

    /// All generations of a projection, by number.
    func generations(of projection: String) async throws(ReadModelError) -> [StoredGeneration]

    /// The generation that serves; `nil` before the first does.
    func serving(of projection: String) async throws(ReadModelError) -> Generation?

    /// Takes the right to build a generation of the projection; `nil` while anybody else has it, in this process or another.
    ///
    /// It is given back when the result goes, or the process ends.
    func claimBuilding(of projection: String) async throws(ReadModelError) -> BuildingClaim?

    /// Starts an empty generation, to be filled beside the one that serves.
    func makeGeneration(of projection: String, code: ProjectionCode, order: RebuildOrder?) async throws(ReadModelError) -> Generation

    /// Lets the generation serve from now on, in one step; the one that served is retired, and any that was retired before goes.
    ///
    /// - Throws: `.overtaken` if the generation is gone.
    func serve(_ generation: Generation) async throws(ReadModelError)

    /// Forgets a generation that does not serve; nothing happens if it is gone.
    func drop(_ generation: Generation) async throws(ReadModelError)

    // MARK: Writing

    /// How far the generation has read the log.
    ///
    /// - Throws: `.overtaken` if the generation is gone.
    func checkpoint(of generation: Generation) async throws(ReadModelError) -> Checkpoint

    /// Stores the batch.
    ///
    /// - Parameter previous: The checkpoint that it was folded from.
    /// - Returns: The checkpoint that comes after it.
    /// - Throws: `.overtaken` if another process has moved the checkpoint since, or the generation is gone.
    @discardableResult
    func commit(_ batch: RowBatch, to generation: Generation, from previous: Checkpoint) async throws(ReadModelError) -> Checkpoint

    /// The rows of these keys as they stand, in that order, for going on with them; `nil` for a key that no event has touched.
    func current(_ keys: [String], of generation: Generation) async throws(ReadModelError) -> [CurrentRow?]

    // MARK: Reading

    /// The rows selected as of `position`, or as of the checkpoint, all at one moment.
    func rows(of generation: Generation, _ selection: RowSelection, at position: Position?) async throws(ReadModelError) -> RowPage

    /// What is known of one row as of `position`, or as of the checkpoint; `nil` if no event had touched it.
    func row(_ key: String, of generation: Generation, at position: Position?) async throws(ReadModelError) -> RowTrail?

    /// How many rows there are now with the entry, without reading them.
    func count(of generation: Generation, with entry: IndexEntry) async throws(ReadModelError) -> Int

    /// The events that concerned a row, ascending, up to `position`.
    func touches(of key: String, in generation: Generation, until position: Position) async throws(ReadModelError) -> [Position]

    // MARK: Parked events

    /// The streams whose events wait, by the position of the first.
    func failures(of generation: Generation) async throws(ReadModelError) -> [StreamFailure]

    /// The positions of a stream's parked events, ascending.
    func parkedEvents(of stream: StreamName, in generation: Generation) async throws(ReadModelError) -> [Position]
}

/// The right to build a generation of one projection.
public final class BuildingClaim: Sendable {
    private let giveBack: Mutex<(@Sendable () -> Void)?>

    public init(release: @escaping @Sendable () -> Void) { giveBack = Mutex(release) }

    deinit { release() }

    /// Gives it back; a second time nothing happens.
    public func release() {
        let once = giveBack.withLock { giveBack in
            defer { giveBack = nil }
            return giveBack
        }
        once?()
    }
}

/// A row to go on with.
public struct CurrentRow: Sendable {
    public let body: [UInt8]?
    /// How many events have concerned it.
    public let touches: Int

    public init(body: [UInt8]?, touches: Int) {
        self.body = body
        self.touches = touches
    }
}

/// What leads to the state of a row at some position: a state that was kept, and the events after it that concerned the row.
public struct RowTrail: Sendable, Hashable {
    public let key: String
    /// `nil` to begin from nothing.
    public let base: RowSnapshot?
    /// The positions of the events to fold on it, ascending. Nothing to fold if the base is the state itself.
    public let touches: [Position]
    /// How often rows of the generation were told anew: what was folded before one of these times may be another state.
    public let revision: Int64

    public init(key: String, base: RowSnapshot?, touches: [Position], revision: Int64) {
        self.key = key
        self.base = base
        self.touches = touches
        self.revision = revision
    }

    /// The event that led to the state.
    public var lastTouch: Position { touches.last ?? base?.position ?? 0 }
}

public struct RowPage: Sendable {
    /// In the byte order of their keys. Each of them exists.
    public let rows: [RowTrail]
    /// Where the generation stood.
    public let checkpoint: Position

    public init(rows: [RowTrail], checkpoint: Position) {
        self.rows = rows
        self.checkpoint = checkpoint
    }
}

/// A row as the event at `from` left it.
public struct StoredRow: Sendable, Hashable {
    public let key: String
    /// JSON with sorted keys; `nil` in a history, where there was no such row.
    public let body: [UInt8]?
    /// The position of the last event that concerned it.
    public let from: Position

    public init(key: String, body: [UInt8]?, from: Position) {
        self.key = key
        self.body = body
        self.from = from
    }
}

/// Which rows a list wants.
public struct RowSelection: Sendable, Hashable {
    /// Rows with this value in a declared index; all rows for `nil`.
    public var entry: IndexEntry?
    /// Exclusive: the last key of the page before.
    public var after: String?
    public var limit: Int

    public init(entry: IndexEntry? = nil, after: String? = nil, limit: Int = 100) {
        self.entry = entry
        self.after = after
        self.limit = limit
    }

    public static func all(limit: Int = .max) -> RowSelection { RowSelection(limit: limit) }
    public static func with(_ index: String, _ value: String, limit: Int = .max) -> RowSelection {
        RowSelection(entry: IndexEntry(index: index, value: value), limit: limit)
    }
}

/// Why read models could not be used. They are disposable: when in doubt, delete the folder and rebuild.
public enum ReadModelError: Error, Sendable, Equatable, CustomStringConvertible {
    case unavailable(reason: String)
    case damaged(reason: String)
    case unknownProjection(String)
    /// Another process has brought this generation further, or to its end: look again.
    case overtaken
    /// A row is not as this code writes it, though its generation says that it is.
    case foreignRow(projection: String)
    /// Too many events concern the row for what was asked.
    case tooManyEvents(Int, limit: Int)
    /// The read model has not been folded that far, and why.
    case behind(projection: String, position: Position, wanted: Position, reason: String)

    public var description: String {
        switch self {
        case .unavailable(let reason): "read models: \(reason)"
        case .damaged(let reason): "the read models are damaged (\(reason)): delete the read-models folder, it is rebuilt from the log"
        case .overtaken: "another process is bringing the read models up to date: try again"
        case .unknownProjection(let name): "there is no projection \(name): `hindsight projections list` names them"
        case .foreignRow(let projection):
            "rows of \(projection) were written by other code of the same version: they are folded anew"
        case .tooManyEvents(let count, let limit):
            "\(count) events concern the row, and only up to \(limit) can be put in the order in which they occurred"
        case .behind(let projection, let position, let wanted, let reason):
            "the read model \(projection) stands at position \(position) and not at \(wanted): \(reason)"
        }
    }
}
