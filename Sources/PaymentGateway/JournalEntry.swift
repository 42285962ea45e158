import Foundation

/// One fact of the journal. In JSON its members stand flat beside `kind`.
enum JournalEntry: Sendable {
    struct Opening: Codable, Sendable { let seed: UInt64 }
    struct Reply: Codable, Sendable {
        let key: String
        let invoice: String
        let attempt: Int
        let outcome: Outcome
        var code: String?
    }
    /// Whether the gateway had acted when it went wrong.
    enum Moment: String, Codable, Sendable { case before, after }
    struct Trouble: Codable, Sendable {
        let key: String
        let when: Moment
    }
    struct Refusal: Codable, Sendable { let key: String }
    struct Turning: Codable, Sendable {
        var key: String?
        let status: Int
    }
    struct Control: Codable, Sendable {
        var away: Bool?
        var now: Date?
    }
    struct Delivery: Codable, Sendable {
        let event: String
        let key: String
        /// 1, 2, 3… for each time that the event was sent.
        let delivery: Int
        /// Absent if no answer came.
        var status: Int?
    }
    struct Query: Codable, Sendable {
        var key: String?
        var id: String?
        let found: Bool
    }

    /// A gateway took the journal over.
    case opened(Opening)
    /// A charge was asked for under a key that wasn't acted on before, or was forgotten.
    case request(ChargeOrder)
    /// The gateway acted: once per key that it keeps, whatever the outcome.
    case charge(Charge)
    /// The answer was handed to the connection.
    case answer(Reply)
    /// The connection was closed instead of an answer.
    case dropped(Trouble)
    /// The answer was a 500.
    case failed(Trouble)
    /// The gateway acted, and its answer is to come late.
    case late(Refusal)
    /// A request was answered 429 or 503, and nothing was done.
    case refused(Turning)
    /// A repeat got the stored answer.
    case replay(Reply)
    /// A key came again with other bytes and was refused.
    case mismatch(Refusal)
    /// A key came again while its first request was under way and was refused.
    case busy(Refusal)
    /// Somebody looked a charge up.
    case query(Query)
    /// Somebody sent the gateway away or called it back, or told it the time.
    case control(Control)
    /// An event was sent to the receiver of webhooks.
    case webhook(Delivery)
}

extension JournalEntry: Codable {
    private enum CodingKeys: CodingKey { case kind }
    private enum Kind: String, Codable {
        case opened, request, charge, answer, dropped, failed, late, refused, replay, mismatch, busy, query, control, webhook
    }

    private var parts: (kind: Kind, members: any Encodable) {
        switch self {
        case .opened(let members): (.opened, members)
        case .request(let members): (.request, members)
        case .charge(let members): (.charge, members)
        case .answer(let members): (.answer, members)
        case .dropped(let members): (.dropped, members)
        case .failed(let members): (.failed, members)
        case .late(let members): (.late, members)
        case .refused(let members): (.refused, members)
        case .replay(let members): (.replay, members)
        case .mismatch(let members): (.mismatch, members)
        case .busy(let members): (.busy, members)
        case .query(let members): (.query, members)
        case .control(let members): (.control, members)
        case .webhook(let members): (.webhook, members)
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        let parts = parts
        try container.encode(parts.kind, forKey: .kind)
        try parts.members.encode(to: encoder)
    }

    init(from decoder: any Decoder) throws {
        switch try decoder.container(keyedBy: CodingKeys.self).decode(Kind.self, forKey: .kind) {
        case .opened: self = .opened(try Opening(from: decoder))
        case .request: self = .request(try ChargeOrder(from: decoder))
        case .charge: self = .charge(try Charge(from: decoder))
        case .answer: self = .answer(try Reply(from: decoder))
        case .dropped: self = .dropped(try Trouble(from: decoder))
        case .failed: self = .failed(try Trouble(from: decoder))
        case .late: self = .late(try Refusal(from: decoder))
        case .refused: self = .refused(try Turning(from: decoder))
        case .replay: self = .replay(try Reply(from: decoder))
        case .mismatch: self = .mismatch(try Refusal(from: decoder))
        case .busy: self = .busy(try Refusal(from: decoder))
        case .query: self = .query(try Query(from: decoder))
        case .control: self = .control(try Control(from: decoder))
        case .webhook: self = .webhook(try Delivery(from: decoder))
        }
    }
}

/// An entry with its place (1, 2, 3… without gaps) and the gateway's own time.
struct JournalLine: Codable, Sendable {
    let seq: Int64
    let at: String
    let entry: JournalEntry

    private enum CodingKeys: CodingKey { case seq, at }

    init(seq: Int64, at: String, entry: JournalEntry) {
        self.seq = seq
        self.at = at
        self.entry = entry
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seq = try container.decode(Int64.self, forKey: .seq)
        at = try container.decode(String.self, forKey: .at)
        entry = try JournalEntry(from: decoder)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(at, forKey: .at)
        try entry.encode(to: encoder)
    }
}
