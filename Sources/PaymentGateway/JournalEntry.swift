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
    struct Drop: Codable, Sendable {
        let key: String
        let when: Faults.Moment
    }
    struct Refusal: Codable, Sendable { let key: String }
    struct Query: Codable, Sendable {
        var key: String?
        var id: String?
        let found: Bool
    }

    /// A gateway took the journal over.
    case opened(Opening)
    /// A charge was asked for under a key that wasn't acted on before.
    case request(ChargeOrder)
    /// The gateway acted: once per key, whatever the outcome.
    case charge(Charge)
    /// The answer was handed to the connection.
    case answer(Reply)
    /// The connection was closed instead of an answer.
    case dropped(Drop)
    /// A repeat got the stored answer.
    case replay(Reply)
    /// A key came again with other bytes and was refused.
    case mismatch(Refusal)
    /// A key came again while its first request was under way and was refused.
    case busy(Refusal)
    /// Somebody looked a charge up.
    case query(Query)
}

extension JournalEntry: Codable {
    private enum CodingKeys: CodingKey { case kind }
    private enum Kind: String, Codable { case opened, request, charge, answer, dropped, replay, mismatch, busy, query }

    private var parts: (kind: Kind, members: any Encodable) {
        switch self {
        case .opened(let members): (.opened, members)
        case .request(let members): (.request, members)
        case .charge(let members): (.charge, members)
        case .answer(let members): (.answer, members)
        case .dropped(let members): (.dropped, members)
        case .replay(let members): (.replay, members)
        case .mismatch(let members): (.mismatch, members)
        case .busy(let members): (.busy, members)
        case .query(let members): (.query, members)
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
        case .dropped: self = .dropped(try Drop(from: decoder))
        case .replay: self = .replay(try Reply(from: decoder))
        case .mismatch: self = .mismatch(try Refusal(from: decoder))
        case .busy: self = .busy(try Refusal(from: decoder))
        case .query: self = .query(try Query(from: decoder))
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
