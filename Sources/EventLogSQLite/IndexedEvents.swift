import HindsightCore

/// What the index by type, category and tag keeps of the events of a block, or of the part of one that is there: numbers of types and
/// categories, and the bytes of tags, which get their numbers with the block.
final class IndexedEvents {
    struct Event {
        let type: Int64
        let category: Int64
        fileprivate let tags: Range<Int>
    }

    private(set) var events: [Event] = []
    private let arena = ByteArena(capacity: 65_536)

    /// - Parameter tags: As digests cover them.
    func append(type: Int64, category: Int64, tags: UnsafeRawBufferPointer) {
        events.append(Event(type: type, category: category, tags: arena.append(tags)))
    }

    /// - Throws: `.damaged`; what was gathered is to be thrown away then.
    func append(type: Int64, category: Int64, tagsOf event: borrowing BorrowedEvent) throws(EventLogError) {
        let start = arena.count
        let count = arena.appendGap(of: 8)
        arena.store(Int64(try event.appendTags(to: arena)), at: count)
        events.append(Event(type: type, category: category, tags: start..<arena.count))
    }

    func removeAll() {
        events.removeAll(keepingCapacity: true)
        arena.removeAll()
    }

    /// Lends each tag of an event until `body` returns `false`.
    ///
    /// - Returns: Whether `body` always returned `true`.
    @discardableResult
    func forEachTag<Failure>(
        of event: Event, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Bool
    ) throws(Failure) -> Bool {
        try DigestedTags.forEach(in: arena[event.tags], body)
    }

    /// - Parameter tag: Its UTF-8.
    func has(_ tag: [UInt8], _ event: Event) -> Bool {
        tag.withUnsafeBytes { tag in !forEachTag(of: event) { !$0.hasSameBytes(as: tag) } }
    }
}
