/// Recomputes the digest chain of a log and finds the first place where it does not hold.
///
/// It finds any change of a stored column, a missing or inserted event, events out of order, and a payload that is missing without a
/// later `hindsight.payload-erased` event naming its position (`{"positions":[…]}`). It cannot find that the end of a log was cut off, or
/// rewritten with recomputed digests: for that the result's digest is held against an attestation.
public struct ChainVerifier: Sendable {
    /// What a log came to.
    public struct Verdict: Sendable, Hashable {
        public var verified: Bool
        /// The last position up to which every digest holds.
        public var through: Position
        /// The digest at `through`.
        public var digest: EventDigest
        public var badPosition: Position?
        public var reason: String?

        public init(verified: Bool, through: Position, digest: EventDigest, badPosition: Position? = nil, reason: String? = nil) {
            self.verified = verified
            self.through = through
            self.digest = digest
            self.badPosition = badPosition
            self.reason = reason
        }
    }

    /// A place where the chain does not hold.
    public struct Damage: Error, Sendable, Hashable {
        public var position: Position
        public var reason: String
    }

    /// The event type that explains missing payloads.
    public static let erasureType: EventType = "hindsight.payload-erased"

    private var last = LogHead.empty
    private var versions: [StreamName: StreamVersion] = [:]
    /// Positions without a payload that no erasure has named yet.
    private var unexplained: Set<Position> = []

    public init() {}

    /// Goes on by one event, the next of the log.
    public mutating func accept(_ event: RecordedEvent) throws(Damage) {
        let expected = last.position + 1
        guard event.position == expected else {
            throw Damage(position: expected, reason: "the event is missing: position \(event.position) follows \(last.position)")
        }
        func damage(_ reason: String) -> Damage { Damage(position: expected, reason: reason) }
        guard event.version == versions[event.stream, default: 0] + 1 else {
            throw damage("version \(event.version) of its stream follows version \(versions[event.stream, default: 0])")
        }
        if let before = last.recordedAt, event.recordedAt < before { throw damage("recorded before the event at the position before") }
        guard event.encoding == 0 else { throw damage("unknown encoding \(event.encoding)") }
        try checkPayload(of: event)
        guard EventDigest.digest(of: event, after: last.digest) == event.digest else {
            throw damage("the digest does not follow from the digest before and what is stored")
        }
        try explainErasures(by: event)
        versions[event.stream] = event.version
        last = LogHead(position: event.position, digest: event.digest, recordedAt: event.recordedAt)
    }

    private mutating func checkPayload(of event: RecordedEvent) throws(Damage) {
        switch (event.data, event.salt) {
        case (let data?, let salt?):
            guard EventDigest.commitment(salt: salt, data: data) == event.commitment else {
                throw Damage(position: event.position, reason: "data and salt are not those of the commitment")
            }
        case (nil, nil): unexplained.insert(event.position)
        default: throw Damage(position: event.position, reason: "data and salt are erased together, and only one of them is missing")
        }
    }

    private mutating func explainErasures(by event: RecordedEvent) throws(Damage) {
        struct Erasure: Decodable { let positions: [Position] }
        guard event.type == Self.erasureType, let data = event.data else { return }
        do {
            let erased = try data.decoded(as: Erasure.self).positions
            unexplained.subtract(erased.filter { $0 < event.position })
        } catch {
            throw Damage(position: event.position, reason: "the erasure names no positions")
        }
    }

    /// The verdict on everything accepted so far.
    public func verdict() -> Verdict {
        guard let position = unexplained.min() else { return Verdict(verified: true, through: last.position, digest: last.digest) }
        return verdict(Damage(position: position, reason: "the payload is missing, and no later event says that it was erased"))
    }

    /// The verdict after `damage` was found.
    public func verdict(_ damage: Damage) -> Verdict {
        Verdict(
            verified: false, through: last.position, digest: last.digest, badPosition: damage.position, reason: damage.reason)
    }

    // MARK: - A whole log

    /// Verifies `log` page by page, up to the head it has when this begins.
    ///
    /// - Parameter progress: Called after each page with the position reached and the head.
    /// - Throws: Only what keeps the log from being read; damage is a verdict.
    public static func verify(
        _ log: some EventLog, pageSize: Int = 1_000, progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }
    ) async throws(EventLogError) -> Verdict {
        let head = try await log.head().position
        var verifier = ChainVerifier()
        do throws(Stop) {
            while verifier.last.position < head {
                for event in try await verifier.page(of: log, until: head, size: pageSize) {
                    do { try verifier.accept(event) } catch { throw .damage(error) }
                }
                progress(verifier.last.position, head)
            }
        } catch {
            switch error {
            case .damage(let damage): return verifier.verdict(damage)
            case .unreadable(let reason): throw reason
            }
        }
        return verifier.verdict()
    }

    private enum Stop: Error {
        case damage(Damage)
        case unreadable(EventLogError)
    }

    private func page(of log: some EventLog, until head: Position, size: Int) async throws(Stop) -> [RecordedEvent] {
        let page: [RecordedEvent]
        do {
            page = try await log.read(EventSelection(after: last.position, until: head, limit: size))
        } catch {
            guard case .damaged(let position, let reason) = error else { throw .unreadable(error) }
            // One event of the page cannot be read; those before it are looked at one by one, so that the first damage is named.
            guard size == 1 else { return try await self.page(of: log, until: head, size: 1) }
            throw .damage(Damage(position: position ?? last.position + 1, reason: reason))
        }
        guard !page.isEmpty else { throw .damage(Damage(position: last.position + 1, reason: "the event is missing")) }
        return page
    }
}
