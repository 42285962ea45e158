import FoundationEssentials

/// One fact of the journal. In JSON its members stand flat beside `entry`.
enum JournalEntry: Sendable {
    struct Opening: Codable, Sendable { let behaviour: Behaviour.Change }
    struct Advance: Codable, Sendable { let seconds: TimeInterval }
    struct Beginning: Codable, Sendable {
        let request: Int
        let operation: ArmedFault.Operation
        let kind, key: String
        var fault: Fault.Kind?
        /// The script that the fault is of.
        var armed: Int?
    }
    struct Act: Codable, Sendable {
        let request: Int
        let kind, key: String
        /// 1 for the first of this key.
        let act: Int
        /// SHA-256 of the body, in hexadecimal digits.
        let digest: String
        /// The sender had been cut off already.
        var late: Bool?
    }
    struct Failure: Codable, Sendable {
        let request: Int
        let kind, key: String
        let digest: String
        let status: Int
    }
    struct End: Codable, Sendable {
        let request: Int
        /// 0: the connection ended without an answer, or with half of one.
        let status: Int
        var replayed: Bool?
    }

    /// A peer took the journal over; requests that it finds begun have no end.
    case opened(Opening)
    case behaves(Behaviour.Change)
    /// The peer's clock was put forward.
    case advanced(Advance)
    case armed(ArmedFault)
    case disarmed
    case chaos(Chaos)
    case began(Beginning)
    case acted(Act)
    /// A key failed, which a peer that replays failures will answer again.
    case failed(Failure)
    /// The answer is about to leave, or the connection about to be cut.
    case ended(End)
}

extension JournalEntry: Codable {
    private enum CodingKeys: CodingKey { case entry }
    private enum Name: String, Codable { case opened, behaves, advanced, armed, disarmed, chaos, began, acted, failed, ended }

    private var parts: (name: Name, members: (any Encodable)?) {
        switch self {
        case .opened(let members): (.opened, members)
        case .behaves(let members): (.behaves, members)
        case .advanced(let members): (.advanced, members)
        case .armed(let members): (.armed, members)
        case .disarmed: (.disarmed, nil)
        case .chaos(let members): (.chaos, members)
        case .began(let members): (.began, members)
        case .acted(let members): (.acted, members)
        case .failed(let members): (.failed, members)
        case .ended(let members): (.ended, members)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let parts = parts
        try container.encode(parts.name, forKey: .entry)
        try parts.members?.encode(to: encoder)
    }

    init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Name.self, forKey: .entry) {
        case .opened: self = .opened(try Opening(from: decoder))
        case .behaves: self = .behaves(try Behaviour.Change(from: decoder))
        case .advanced: self = .advanced(try Advance(from: decoder))
        case .armed: self = .armed(try ArmedFault(from: decoder))
        case .disarmed: self = .disarmed
        case .chaos: self = .chaos(try Chaos(from: decoder))
        case .began: self = .began(try Beginning(from: decoder))
        case .acted: self = .acted(try Act(from: decoder))
        case .failed: self = .failed(try Failure(from: decoder))
        case .ended: self = .ended(try End(from: decoder))
        }
    }
}

/// An entry with its place and its times.
struct JournalLine: Codable, Sendable {
    /// 1, 2, 3… without gaps.
    let seq: Int
    /// The peer's clock.
    let at: Date
    /// The machine's, which nobody sets; it goes on when the peer is started again.
    let monotonicNanoseconds: UInt64
    let entry: JournalEntry

    private enum CodingKeys: String, CodingKey { case seq, at, monotonicNanoseconds = "monotonicNs" }
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    init(seq: Int, at: Date, monotonicNanoseconds: UInt64, entry: JournalEntry) {
        self.seq = seq
        self.at = at
        self.monotonicNanoseconds = monotonicNanoseconds
        self.entry = entry
    }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        seq = try members.decode(Int.self, forKey: .seq)
        at = try Self.style.parse(try members.decode(String.self, forKey: .at))
        monotonicNanoseconds = try members.decode(UInt64.self, forKey: .monotonicNanoseconds)
        entry = try JournalEntry(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(seq, forKey: .seq)
        try members.encode(at.formatted(Self.style), forKey: .at)
        try members.encode(monotonicNanoseconds, forKey: .monotonicNanoseconds)
        try entry.encode(to: encoder)
    }
}
