import HindsightCore

/// A projection whose types are known only here: what everything else needs to treat all of them alike.
protocol AnyProjection: Sendable {
    var name: String { get }
    var code: ProjectionCode { get }
    var types: [EventType] { get }
    /// The names of the declared indexes.
    var indexes: [String] { get }

    func makeFold(capacity: Int) -> any AnyProjectionFold

    /// - Parameter body: The state of the row to begin from.
    func makeReplay(of key: String, from body: [UInt8]?) throws -> any AnyRowReplay

    /// What tells the keys of an event.
    func makeKeyProbe() -> (borrowing BorrowedEvent) throws -> [String]
}

/// Folds stretches of the log into the rows of one generation.
protocol AnyProjectionFold: AnyObject {
    /// Takes the next event in; it is folded by the next ``fold(_:)``.
    func take(_ event: borrowing BorrowedEvent)

    /// How many events wait to be folded.
    var waiting: Int { get }

    /// The keys of rows that are needed and not at hand.
    func missingKeys() -> [String]

    /// Puts rows at hand, in the order of the keys that were missing.
    func provide(_ rows: [CurrentRow?], for keys: [String]) throws

    /// Folds what waits, up to an event that cannot be folded; that one waits on, at the front.
    func fold(except isParked: (StreamName) -> Bool) -> FoldOutcome

    /// Takes the event out that waits at the front.
    func skipFirst()

    /// What was folded since the last call, to be encoded by whoever has the time. The call before it must have been stored by then.
    func takeChanges() -> any EncodableChanges

    /// Forgets everything: rows are read again.
    func reset()
}

enum FoldOutcome {
    /// Nothing waits any more; the events of parked streams are told, in order.
    case finished(parked: [ParkedEvent])
    case stopped(at: FailedEvent, parked: [ParkedEvent])
    /// Rows have to be provided first.
    case needsRows(parked: [ParkedEvent])
}

/// An event that could not be folded.
struct FailedEvent: Error {
    let stream: StreamName
    let position: Position
    let type: EventType
    let error: any Error

    /// Trying again helps only where it is not the bytes of the event that stand in the way.
    var mayHeal: Bool { !(error is UnreadableEvent) }
}

/// Changes of rows, still as values.
protocol EncodableChanges: Sendable {
    var isEmpty: Bool { get }
    /// In the byte order of the keys.
    func encoded() throws -> [RowUpdate]
}

/// Text that is compared by its bytes.
struct RowKey: Hashable, Sendable {
    let text: String

    static func == (left: RowKey, right: RowKey) -> Bool { left.text.hasSameBytes(as: right.text) }
    func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

/// How often a state of a row is kept: a row of the past is at most so many events away.
///
/// The same everywhere along the log: growing with age would make the oldest question the dearest.
enum SnapshotInterval {
    static let touches = 32
}

// MARK: - One projection

final class ProjectionFold<P: Projection>: AnyProjectionFold {
    private enum Taken {
        /// - Parameter keys: `nil` if the projection could not tell.
        case event(Recorded<P.Event>, keys: [RowKey]?, type: EventType)
        case unreadable(FailedEvent)
    }

    /// A row at hand.
    private final class Slot {
        var row: P.Row?
        /// How many events have concerned it in all.
        var touches: Int
        /// That hold now.
        var entries: [IndexEntry]
        var change: Change?
        /// The stretch that needed it last.
        var round: Int

        init(_ row: P.Row?, touches: Int, entries: [IndexEntry], round: Int) {
            (self.row, self.touches, self.entries, self.round) = (row, touches, entries, round)
        }
    }

    private struct Change {
        var touches: [Position] = []
        var snapshots: [(position: Position, row: P.Row?)] = []
        var spans = OpenSpans()
    }

    /// A row that changed, as an object: thousands of them are sorted by their keys.
    private final class Changed: Sendable {
        let key: String
        let row: P.Row?
        let touches: [Position]
        let snapshots: [(position: Position, row: P.Row?)]
        let spans: OpenSpans

        init(_ key: String, _ row: P.Row?, _ change: Change) {
            (self.key, self.row, touches, snapshots, spans) = (key, row, change.touches, change.snapshots, change.spans)
        }
    }

    private struct Changes: EncodableChanges {
        let changed: [Changed]

        var isEmpty: Bool { changed.isEmpty }

        func encoded() throws -> [RowUpdate] {
            try changed.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map { row in
                RowUpdate(
                    key: row.key, touches: row.touches, body: try row.row.map { try JSON.encode($0) },
                    snapshots: try row.snapshots.map { snapshot in
                        RowSnapshot(position: snapshot.position, body: try snapshot.row.map { try JSON.encode($0) })
                    },
                    opened: row.spans.opened, closed: row.spans.closed, passed: row.spans.passed)
            }
        }
    }

    private let projection: P
    private let entries: RowEntries<P>
    private let codec = P.Event.codec
    private var rows: [RowKey: Slot] = [:]
    private var taken: [Taken] = []
    /// The first that waits.
    private var next = 0
    private var changed: [(key: RowKey, slot: Slot)] = []
    /// Grows with each stretch.
    private var round = 0
    /// Rows kept between stretches; more stay only while the last two stretches needed them.
    private let capacity: Int

    init(_ projection: P, capacity: Int) {
        self.projection = projection
        self.capacity = capacity
        entries = RowEntries(projection)
    }

    // MARK: Taking

    func take(_ recorded: borrowing BorrowedEvent) {
        do {
            guard let decoded = try codec.decode(recorded) else { return }
            let event = Recorded(decoded, from: recorded)
            var keys: [RowKey]?
            do { keys = try rowKeys(for: event) } catch { keys = nil }
            // Most events concern no row of a projection that shares its set with others.
            if keys?.isEmpty != true { taken.append(.event(event, keys: keys, type: recorded.type)) }
        } catch {
            taken.append(
                .unreadable(FailedEvent(stream: recorded.stream, position: recorded.position, type: recorded.type, error: error)))
        }
    }

    private func rowKeys(for event: Recorded<P.Event>) throws -> [RowKey] {
        let keys = try projection.keys(for: event)
        guard keys.count > 1 else { return keys.map(RowKey.init) }
        // One that is named twice is touched once.
        var seen: Set<RowKey> = []
        return keys.map(RowKey.init).filter { seen.insert($0).inserted }
    }

    var waiting: Int { taken.count - next }

    func missingKeys() -> [String] {
        var missing: Set<RowKey> = []
        for case .event(_, let keys?, _) in taken[next...] {
            for key in keys where rows[key] == nil { missing.insert(key) }
        }
        return missing.map(\.text)
    }

    func provide(_ stored: [CurrentRow?], for keys: [String]) throws {
        for (key, stored) in zip(keys, stored) {
            let row = try stored?.body.map { try JSON.decode(P.Row.self, from: $0) }
            rows[RowKey(text: key)] = Slot(row, touches: stored?.touches ?? 0, entries: entries.of(row), round: round)
        }
    }

    // MARK: Folding

    func fold(except isParked: (StreamName) -> Bool) -> FoldOutcome {
        var parked: [ParkedEvent] = []
        while next < taken.count {
            switch taken[next] {
            case .event(let event, _, _) where isParked(event.stream):
                parked.append(ParkedEvent(stream: event.stream, position: event.position))
            case .unreadable(let failed) where isParked(failed.stream):
                parked.append(ParkedEvent(stream: failed.stream, position: failed.position))
            case .event(let event, let keys?, let type):
                do { try fold(event, into: keys) } catch {
                    return .stopped(
                        at: FailedEvent(stream: event.stream, position: event.position, type: type, error: error), parked: parked)
                }
            case .event(let event, nil, let type):
                do {
                    // Their rows may not be at hand: whoever asks for what is missing finds them now.
                    taken[next] = .event(event, keys: try rowKeys(for: event), type: type)
                    return .needsRows(parked: parked)
                } catch {
                    return .stopped(
                        at: FailedEvent(stream: event.stream, position: event.position, type: type, error: error), parked: parked)
                }
            case .unreadable(let failed): return .stopped(at: failed, parked: parked)
            }
            next += 1
        }
        taken.removeAll(keepingCapacity: true)
        next = 0
        return .finished(parked: parked)
    }

    func skipFirst() { next += 1 }

    private func fold(_ event: Recorded<P.Event>, into keys: [RowKey]) throws {
        let slots = keys.map(slot)
        // All rows of an event, or none.
        var folded: [P.Row?] = []
        folded.reserveCapacity(slots.count)
        for (key, slot) in zip(keys, slots) {
            var row = slot.row
            try projection.apply(event, key: key.text, to: &row)
            folded.append(row)
        }
        for (index, slot) in slots.enumerated() {
            if slot.change == nil { changed.append((keys[index], slot)) }
            change(slot, to: folded[index], at: event.position)
        }
    }

    /// The row at hand; a key that was not provided has no row yet.
    private func slot(_ key: RowKey) -> Slot {
        if let slot = rows[key] { return slot }
        let slot = Slot(nil, touches: 0, entries: [], round: round)
        rows[key] = slot
        return slot
    }

    private func change(_ slot: Slot, to row: P.Row?, at position: Position) {
        var change = slot.change ?? Change()
        // So that what follows changes it in place.
        slot.change = nil
        slot.row = row
        slot.touches += 1
        slot.round = round
        change.touches.append(position)
        if slot.touches.isMultiple(of: SnapshotInterval.touches) { change.snapshots.append((position, row)) }
        let now = entries.of(row)
        if now != slot.entries {
            change.spans.move(from: slot.entries, to: now, at: position)
            slot.entries = now
        }
        slot.change = change
    }

    // MARK: Handing over

    func takeChanges() -> any EncodableChanges {
        let changes = changed.compactMap { key, slot -> Changed? in
            defer { slot.change = nil }
            return slot.change.map { Changed(key.text, slot.row, $0) }
        }
        changed.removeAll(keepingCapacity: true)
        // The stretch that is on its way stays at hand: the store does not have it yet.
        if rows.count > capacity { rows = rows.filter { $0.value.round >= round } }
        round += 1
        return Changes(changed: changes)
    }

    func reset() {
        rows = [:]
        taken = []
        next = 0
        changed = []
    }
}
