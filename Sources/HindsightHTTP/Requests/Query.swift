import HindsightApp
import HindsightCore

/// The query of a request: what each parameter means, with an error that names it where it means nothing.
struct Query: Sendable {
    /// Still percent-encoded, because a `+` means one thing in a time and another elsewhere.
    private let values: [String: [String]]
    private let asOf: Exchange.Found<Position>

    /// - Parameters:
    ///   - names: The parameters that the call knows.
    ///   - repeatable: Those that may stand more than once.
    init(_ text: String, names: [String], repeatable: [String], asOf: Exchange.Found<Position>) throws(Problem) {
        var values: [String: [String]] = [:]
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(parts[0], plusIsSpace: true) else {
                throw .field(String(parts[0]), "must be percent-encoded UTF-8")
            }
            guard names.contains(name) || repeatable.contains(name) else {
                let known = names + repeatable
                throw .field(
                    name,
                    "is no parameter of this call" + (known.isEmpty ? ", which has none" : ": it has \(known.joined(separator: ", "))"))
            }
            guard values[name] == nil || repeatable.contains(name) else { throw .field(name, "stands more than once") }
            values[name, default: []].append(parts.count > 1 ? String(parts[1]) : "")
        }
        self.values = values
        self.asOf = asOf
    }

    var names: Set<String> { Set(values.keys) }

    func text(_ name: String) throws(Problem) -> String? { try texts(name).first }

    func texts(_ name: String) throws(Problem) -> [String] {
        var texts: [String] = []
        for raw in values[name] ?? [] {
            guard let text = PercentEncoding.decode(raw, plusIsSpace: true) else { throw .field(name, "must be percent-encoded UTF-8") }
            texts.append(text)
        }
        return texts
    }

    func required(_ name: String) throws(Problem) -> String {
        guard let text = try text(name) else { throw .field(name, "is missing") }
        return text
    }

    /// A whole number of the range; `nil` if it is not given.
    func number(_ name: String, in range: ClosedRange<Int64>) throws(Problem) -> Int64? {
        guard let text = try text(name) else { return nil }
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let number = Int64(text),
            range.contains(number)
        else {
            throw .field(
                name, "must be a whole number from \(range.lowerBound)" + (range.upperBound == .max ? "" : " to \(range.upperBound)"))
        }
        return number
    }

    /// How many things a list holds.
    func limit() throws(Problem) -> Int? { try number("limit", in: 1...1_000).map(Int.init) }

    static let defaultLimit = 100

    func moment(_ name: String = "at") throws(Problem) -> Moment? {
        guard let raw = values[name]?.first else { return nil }
        guard let text = PercentEncoding.decode(raw), let moment = Moment(text) else {
            throw .field(name, "must be an instant like 2026-01-31T12:00:00Z, or position:42")
        }
        return moment
    }

    /// The last position that the answer may tell of: that of `at`, or the head.
    func bound(in log: any EventLog) async throws -> Position {
        let position = try await log.bound(at: try moment())
        asOf.set(position)
        return position
    }

    func requiredMoment(_ name: String) throws(Problem) -> Moment {
        guard let moment = try moment(name) else { throw .field(name, "is missing") }
        return moment
    }

    /// An instant of the clock by which things occur; `nil` if it is not given.
    func instant(_ name: String) throws(Problem) -> Timestamp? {
        guard let raw = values[name]?.first else { return nil }
        let text = PercentEncoding.decode(raw) ?? ""
        guard !text.hasPrefix("position:") else {
            throw .field(name, "must be an instant: a position says when something was recorded, not when it occurred")
        }
        guard let instant = Timestamp(text) else {
            throw .field(name, "must be an instant like 2026-01-31T12:00:00Z, with Z or an offset")
        }
        return instant
    }

    /// Values that the core has to like.
    func values<Value>(_ name: String, _ make: (String) throws(EventLogError) -> Value) throws(Problem) -> [Value] {
        var made: [Value] = []
        for text in try texts(name) {
            do throws(EventLogError) {
                made.append(try make(text))
            } catch {
                if case .invalid(_, let reason) = error { throw .field(name, reason) }
                throw .field(name, "\(error)")
            }
        }
        return made
    }

    func choice<Choice: RawRepresentable & CaseIterable>(_ name: String, _ type: Choice.Type) throws(Problem) -> Choice?
    where Choice.RawValue == String {
        guard let text = try text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .field(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }
}
