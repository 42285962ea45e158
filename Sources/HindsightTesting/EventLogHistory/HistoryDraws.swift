import HindsightCore

/// What a history is made of, drawn from a seed.
struct HistoryDraws {
    private var generator: SeededGenerator
    private var made: UInt64 = 0

    init(seed: UInt64) { generator = SeededGenerator(seed) }

    mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }

    mutating func isTrue(percent: Int) -> Bool { number(1...100) <= percent }

    mutating func pick<Element>(_ elements: [Element]) -> Element { elements[number(0...elements.count - 1)] }

    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] { elements.shuffled(using: &generator) }

    // MARK: - Names

    // Few names that are in every block, many that are in some, and now and then one that nobody used yet.

    mutating func stream() throws -> StreamName {
        switch number(1...10) {
        case 1...7: try StreamName(pick(["room-1", "room-2", "hall-1", "hall", "visitor-é", "visitor-1"]))
        case 8...9: try StreamName("guest-\(number(1...40))")
        default: try StreamName("c\(number(1...5))-\(number(1...1_000_000))")
        }
    }

    mutating func type() throws -> EventType {
        switch number(1...20) {
        case 1...17: pick(["check.opened", "check.opened", "check.closed", "check.cleaned"])
        case 18...19: "check.rare"
        default: try EventType("check.n\(number(1...200))")
        }
    }

    mutating func category() throws -> Category {
        try Category(pick(["room", "hall", "visitor", "guest", "c1", "c2", "unknown"]))
    }

    mutating func tag() throws -> Tag {
        switch number(1...10) {
        case 1...6: try Tag(key: "of", value: "\(number(0...2))")
        case 7...9: try Tag(key: "by", value: "\(number(0...99))")
        default: try Tag(key: "at", value: "\(number(0...9_999))")
        }
    }

    mutating func tags(_ counts: ClosedRange<Int>) throws -> [Tag] {
        var tags: [Tag] = []
        for _ in 0..<number(counts) {
            if let last = tags.last, isTrue(percent: 15) { tags.append(last) } else { tags.append(try tag()) }
        }
        return tags
    }

    // MARK: - Events

    mutating func events(_ count: Int) throws -> [NewEvent] {
        var ids: [EventID] = []
        let kind = number(1...20)
        for _ in 0..<count { ids.append(kind <= 16 ? ascendingID() : randomID()) }
        if kind == 15 { ids.reverse() }
        if kind == 16 { ids = shuffled(ids) }
        return try ids.map { try event($0) }
    }

    /// Greater than all of its kind before it, as those of one writer are.
    private mutating func ascendingID() -> EventID {
        made += 1
        let entropy = withUnsafeBytes(of: generator.next()) { Array($0) + [0, 0] }
        return .version7(at: LogUnderCheck.start.advanced(by: .milliseconds(made)), entropy: entropy)
    }

    /// Half of these are less than those that ascend.
    private mutating func randomID() -> EventID {
        var bytes = (0..<EventID.byteCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
        if isTrue(percent: 50) { bytes[0] = 0 }
        return EventID(bytes: bytes).unsafelyUnwrapped
    }

    private mutating func event(_ id: EventID) throws -> NewEvent {
        NewEvent(
            id: id, type: try type(), schemaVersion: number(1...3),
            occurredAt: isTrue(percent: 20) ? LogUnderCheck.start.advanced(by: .seconds(number(-1_000...1_000))) : nil,
            data: JSONText(trusted: Array(#"{"n":\#(number(0...9))}"#.utf8)),
            metadata: try JSONText(object: isTrue(percent: 50) ? "{}" : #"{"actor":"u\#(number(1...3))"}"#), tags: try tags(0...3))
    }

    // MARK: - Batches

    /// Mostly small, now and then as long as a block of an engine's index.
    private static let sizes = [ClosedRange<Int>](repeating: 1...5, count: 16) + [1...60, 1...60, 1...60, 900...1_300]

    /// - Parameter model: What the log holds: most of what is expected of it is true.
    mutating func batch(_ model: PlainLog, sizes: [ClosedRange<Int>] = Self.sizes) throws -> Append {
        var batch = Append([])
        for _ in 0..<pick([1, 1, 1, 2, 3]) {
            let stream = try stream()
            let known = batch.writes.filter { $0.stream == stream }.map(\.events.count).reduce(0, +)
            let events = try events(number(pick(sizes)))
            batch.writes.append(
                StreamWrite(events, to: stream, expecting: expected(model.version(of: stream) + StreamVersion(known))))
        }
        if isTrue(percent: 20) {
            let stream = try stream()
            batch.checks = [StreamCheck(stream, expecting: expected(model.version(of: stream)))]
        }
        if isTrue(percent: 35) {
            batch.condition = AppendCondition(
                noneMatching: try query(), after: isTrue(percent: 40) ? model.head : position(upTo: model.head))
        }
        if isTrue(percent: 10) { batch.fence = Fence(lease: pick(["a", "b"]), epoch: Int64(number(1...3))) }
        if isTrue(percent: 2), let event = batch.writes[0].events.first { batch.writes[0].events.append(event) }
        if isTrue(percent: 1) { batch.writes.append(StreamWrite([], to: try stream())) }
        return batch
    }

    private mutating func expected(_ actual: StreamVersion) -> ExpectedVersion {
        switch number(1...20) {
        case 1...10: .any
        case 11...15: .exactly(actual)
        case 16...18: actual == 0 ? .none : .exists
        case 19: pick([.none, .exists])
        default: .exactly(StreamVersion(number(0...5)))
        }
    }

    /// A batch with events that the log holds already: a repeat, or what only looks like one.
    mutating func familiarBatch(_ model: PlainLog, sent: [Append]) throws -> Append {
        guard var batch = isTrue(percent: 30) ? try segment(of: model) : sent.last(where: { _ in isTrue(percent: 30) }) ?? sent.last else {
            return try self.batch(model)
        }
        let write = number(0...batch.writes.count - 1)
        let event = number(0...batch.writes[write].events.count - 1)
        switch number(1...10) {
        case 1...4: batch.condition = isTrue(percent: 50) ? AppendCondition(noneMatching: EventQuery([.init()]), after: 0) : nil
        case 5: batch.writes[write].events.insert(contentsOf: try events(number(1...2)), at: event)
        case 6: batch.writes[write].events += try events(1)
        case 7: batch.writes[write].events[event].tags += try tags(0...1)
        case 8: batch.writes[write].stream = try stream()
        case 9: batch.writes[write].events.reverse()
        default: batch.writes[write].events = [batch.writes[write].events[event]]
        }
        return batch
    }

    /// Some events of a stream as they follow each other there, whoever appended them.
    private mutating func segment(of model: PlainLog) throws -> Append? {
        guard model.head > 0 else { return nil }
        let stream = model.events[number(0...Int(model.head) - 1)].stream
        let events = model.events.filter { $0.stream == stream }
        let first = number(0...events.count - 1)
        let segment = events[first...min(events.count - 1, first + number(0...5))].map(\.sent)
        let middle = number(0...segment.count)
        let parts = [segment[..<middle], segment[middle...]].filter { !$0.isEmpty }
        return Append(parts.map { StreamWrite(Array($0), to: stream) })
    }

    // MARK: - Questions

    mutating func query() throws -> EventQuery {
        var items: [EventQuery.Item] = []
        for _ in 0..<number(1...3) {
            items.append(EventQuery.Item(types: isTrue(percent: 40) ? [try type(), try type()] : [], tags: try tags(0...2)))
        }
        return EventQuery(items)
    }

    mutating func selection(_ model: PlainLog) throws -> EventSelection {
        var filter = EventFilter()
        if isTrue(percent: 15) { filter.stream = try stream() }
        if isTrue(percent: 20) { filter.categories = [try category(), try category()] }
        if isTrue(percent: 25) { filter.types = [try type(), try type()] }
        if isTrue(percent: 30) { filter.tags = try tags(1...(isTrue(percent: 10) ? 130 : 3)) }
        return EventSelection(
            filter, query: isTrue(percent: 40) ? try query() : nil, after: isTrue(percent: 50) ? position(upTo: model.head) : nil,
            until: isTrue(percent: 40) ? position(upTo: model.head) : nil, direction: pick([.forwards, .backwards]),
            limit: pick([1, 7, 50, 1_000, .max]))
    }

    /// A position somewhere in the log, often at its ends or where engines have seams of their own, and now and then behind it.
    mutating func position(upTo head: Position) -> Position {
        switch number(1...10) {
        case 1...4: Position(number(0...Int(head)))
        case 5...6: max(0, head - Position(number(0...10)))
        case 7...9: max(0, Position(number(0...Int(head) / 1_024)) * 1_024 + Position(number(-1...2)))
        default: head + Position(number(0...3))
        }
    }
}
