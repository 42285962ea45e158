/// Recomputes the digest chain of a log and finds the first place where it does not hold.
///
/// It finds any change of a stored column, a missing or inserted event, events out of order, and a payload that is missing without a
/// later `hindsight.payload-erased` event naming its position (`{"positions":[…]}`). That the end of a log was cut off, or rewritten with
/// recomputed digests, shows only against an ``Attestation`` at or after that place.
public struct ChainVerifier: Sendable {
    /// What a log came to.
    public struct Verdict: Sendable, Hashable {
        public var verified: Bool
        /// The last position up to which every digest holds.
        public var through: Position
        /// The digest at `through`.
        public var digest: EventDigest
        /// The last position that an attestation vouches for: what comes after it may have been recomputed, and more may have been cut off.
        public var attested: Position?
        public var badPosition: Position?
        public var reason: String?

        public init(
            verified: Bool, through: Position, digest: EventDigest, attested: Position? = nil, badPosition: Position? = nil,
            reason: String? = nil
        ) {
            self.verified = verified
            self.through = through
            self.digest = digest
            self.attested = attested
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
    public static let erasureType = PayloadErased.type

    private var last = LogHead.empty
    private var link = ChainLink()
    private var erasures = ErasureLedger()
    /// By the hash of the stream's name: half a million streams take 20 MB and no name is kept. The hash is keyed anew in each process,
    /// so nobody can prepare two names that share one, and by chance half a million names do so once in a hundred million logs.
    private var versions: [Int: StreamVersion] = [:]
    /// Those that lie ahead, by position.
    private var attestations: ArraySlice<Attestation>
    private var attested: Position?

    /// - Parameter attestations: What the log is held against. Whether their signatures are good is looked at by whoever knows the keys.
    public init(against attestations: [Attestation] = []) {
        self.attestations = attestations.sorted { $0.position < $1.position }[...]
    }

    /// Goes on by one event, the next of the log.
    public mutating func accept(_ event: RecordedEvent) throws(Damage) {
        let result = event.lend { borrowed in
            Result { () throws(Damage) in try accept(borrowed) }
        }
        try result.get()
    }

    /// Goes on by one event, the next of the log.
    public mutating func accept(_ event: borrowing BorrowedEvent) throws(Damage) {
        let position = last.position + 1
        do {
            try link.check(event, after: last)
        } catch {
            throw Damage(position: position, reason: error.reason)
        }
        let stream = event.stream.hashValue
        let version = versions[stream, default: 0]
        guard event.version == version + 1 else {
            throw Damage(position: position, reason: "version \(event.version) of its stream follows version \(version)")
        }
        do {
            try erasures.enter(event)
        } catch {
            throw Damage(position: position, reason: "the erasure names no positions")
        }
        try compare(event.digest, at: position)
        versions[stream] = event.version
        last = LogHead(position: position, digest: event.digest, recordedAt: event.recordedAt)
    }

    private mutating func compare(_ digest: EventDigest, at position: Position) throws(Damage) {
        while let next = attestations.first, next.position <= position {
            guard next.digest == digest else {
                throw Damage(
                    position: position,
                    reason: """
                        the digest is not the one attested at \(next.signedAt): something after position \(attested ?? 0) and up to here \
                        was changed, and the chain recomputed
                        """)
            }
            attested = position
            attestations.removeFirst()
        }
    }

    /// The verdict on everything accepted so far, as a whole log.
    public func verdict() -> Verdict {
        if let next = attestations.first {
            return verdict(
                Damage(
                    position: last.position + 1,
                    reason: """
                        the log ends at position \(last.position), and position \(next.position) was attested at \(next.signedAt): the end \
                        was cut off
                        """))
        }
        if let position = erasures.firstUnexplained {
            return verdict(Damage(position: position, reason: "the payload is missing, and no later event says that it was erased"))
        }
        return Verdict(verified: true, through: last.position, digest: last.digest, attested: attested)
    }

    /// The verdict after `damage` was found.
    public func verdict(_ damage: Damage) -> Verdict {
        Verdict(
            verified: false, through: last.position, digest: last.digest, attested: attested, badPosition: damage.position,
            reason: damage.reason)
    }

    // MARK: - A whole log

    /// Verifies `log` up to the head it has when this begins.
    ///
    /// - Parameters:
    ///   - attestations: What the log must extend; see ``init(against:)``.
    ///   - pageSize: How many events are looked at before the engine may let go of what it holds, and `progress` is called.
    ///   - progress: Called with the position reached and the head.
    /// - Throws: Only what keeps the log from being read; damage is a verdict.
    public static func verify(
        _ log: some EventLog, against attestations: [Attestation] = [], pageSize: Int = 5_000,
        progress: (_ reached: Position, _ head: Position) -> Void = { _, _ in }
    ) async throws -> Verdict {
        var verifier = ChainVerifier(against: attestations)
        do {
            let head = try await verifier.head(of: log)
            let selection = EventSelection(until: head?.position, limit: pageSize)
            try await log.scan(selection) { event in
                try verifier.accept(event)
                if let head, verifier.last.position % Int64(pageSize) == 0 { progress(verifier.last.position, head.position) }
            }
            guard let head else {
                // Every event can be read, and still the end could not.
                throw Damage(position: verifier.last.position, reason: "the end of the log cannot be read")
            }
            guard verifier.last.position == head.position else {
                throw Damage(position: verifier.last.position + 1, reason: "the event is missing")
            }
            progress(head.position, head.position)
        } catch {
            return verifier.verdict(try verifier.damage(in: error))
        }
        return verifier.verdict()
    }

    /// The head of `log`; `nil` if it is too damaged to be read, which the scan will find.
    private func head(of log: some EventLog) async throws -> LogHead? {
        do {
            return try await log.head()
        } catch {
            guard case .damaged = error else { throw error }
            return nil
        }
    }

    /// What `error` says about the event after the last one accepted.
    private func damage(in error: any Error) throws -> Damage {
        if let damage = error as? Damage { return damage }
        guard case .damaged(let position, let reason)? = error as? EventLogError else { throw error }
        let next = last.position + 1
        guard let position, position > next else { return Damage(position: next, reason: reason) }
        return Damage(position: next, reason: "the event is missing")
    }
}
