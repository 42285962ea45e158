/// Something that goes wrong with one request.
struct Fault: Sendable, Equatable {
    enum Kind: String, Codable, Sendable, CaseIterable {
        /// 422, a definite no.
        case refuse
        /// Nothing is done, and the connection is reset.
        case dropBefore = "drop-before"
        /// It is done, and the connection is reset.
        case actAndDrop = "act-and-drop"
        /// It is done, and answered with 500.
        case actAndFail = "act-and-500"
        /// Nothing is done, and it is answered with 500.
        case failBefore = "500-before"
        /// It is done at once and answered later.
        case late = "late-ms"
        /// The connection is reset at once, and it is done later.
        case actLate = "act-late-ms"
        /// It is done, and answered with two responses on the connection.
        case answerTwice = "answer-twice"
        /// Nothing is done: too many requests.
        case tooMany = "429"
        /// Nothing is done: out of service.
        case unavailable = "503"
        /// Nothing is done, and nothing is answered for as long as the connection stands.
        case halfOpen = "half-open"
        /// It is done, and answered with 200 and JSON that is cut off.
        case brokenBody = "broken-body"
        /// It is done; the answer begins and never ends.
        case halfAnswer = "half-answer"
        /// Nothing is done: the key is said to be under way.
        case inProgress = "409-in-progress"
        /// Nothing is done: 307, to where the request went already.
        case redirect
    }

    let kind: Kind
    /// How late, where it is late.
    var milliseconds = 0
    /// What the header says where there is one; empty sends none.
    var retryAfter = "1"
}

/// A fault that is scripted for requests to come.
struct ArmedFault: Codable, Sendable {
    enum Operation: String, Codable, Sendable, CaseIterable { case effect, lookUp = "look-up" }

    var id = 0
    let fault: Fault
    let operation: Operation
    /// `nil`: any.
    let kind: String?
    let key: String?
    var times: Int

    func meets(_ effect: EffectKey, at operation: Operation) -> Bool {
        self.operation == operation && (kind == nil || kind == effect.kind) && (key == nil || key == effect.key)
    }
}

extension ArmedFault {
    private enum CodingKeys: String, CodingKey { case id, fault, operation, kind, key, times, ms, retryAfter }

    private static let longestMilliseconds = 86_400_000

    /// Reads the journal's line and the control route's body alike.
    ///
    /// - Throws: `APIError.invalid` naming the first member that can't be taken.
    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let kind = try Fault.Kind.named(try members.decode(String.self, forKey: .fault), field: "fault")
        let operation = try members.decodeIfPresent(String.self, forKey: .operation) ?? Operation.effect.rawValue
        guard let operation = Operation(rawValue: operation) else {
            throw APIError.invalid(field: "operation", "Has to be one of: \(Operation.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard operation == .effect || kind != .actLate else {
            throw APIError.invalid(field: "operation", "A look-up does nothing that could be done later.")
        }
        let milliseconds = try members.decodeIfPresent(Int.self, forKey: .ms) ?? 0
        guard (0...Self.longestMilliseconds).contains(milliseconds) else {
            throw APIError.invalid(field: "ms", "Has to be 0…\(Self.longestMilliseconds).")
        }
        guard milliseconds > 0 || ![.late, .actLate].contains(kind) else {
            throw APIError.invalid(field: "ms", "Say how late, in milliseconds.")
        }
        times = try members.decodeIfPresent(Int.self, forKey: .times) ?? 1
        guard times > 0 else { throw APIError.invalid(field: "times", "Has to be 1 or more.") }
        id = try members.decodeIfPresent(Int.self, forKey: .id) ?? 0
        fault = Fault(
            kind: kind, milliseconds: milliseconds, retryAfter: try members.decodeIfPresent(String.self, forKey: .retryAfter) ?? "1")
        self.operation = operation
        self.kind = try members.decodeIfPresent(String.self, forKey: .kind)
        key = try members.decodeIfPresent(String.self, forKey: .key)
    }

    func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(id, forKey: .id)
        try members.encode(fault.kind, forKey: .fault)
        try members.encode(operation, forKey: .operation)
        try members.encodeIfPresent(kind, forKey: .kind)
        try members.encodeIfPresent(key, forKey: .key)
        try members.encode(times, forKey: .times)
        try members.encode(fault.milliseconds, forKey: .ms)
        try members.encode(fault.retryAfter, forKey: .retryAfter)
    }
}

extension Fault.Kind {
    static func named(_ name: String, field: String) throws -> Self {
        guard let kind = Self(rawValue: name) else {
            throw APIError.invalid(field: field, "Has to be one of: \(allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return kind
    }
}
