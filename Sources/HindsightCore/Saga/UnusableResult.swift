/// What a person gave as the peer's answer to an effect is none that its saga could go on with.
public struct UnusableResult: Error, Sendable, Equatable, CustomStringConvertible {
    /// The kind.
    public let effect: String
    public let outcome: SagaResolved.Outcome
    /// JSON pointer into the result, of the member that it is about; empty for the whole.
    public let pointer: String
    /// Members that are missing or of another type, and how they should be.
    public let reason: String

    public init(effect: String, outcome: SagaResolved.Outcome, pointer: String = "", reason: String) {
        self.pointer = pointer
        self.effect = effect
        self.outcome = outcome
        self.reason = reason
    }

    public var description: String { "the result of \(effect) that \(outcome == .succeeded ? "succeeded" : "was rejected"): \(reason)" }
}

extension UnusableResult {
    /// A member of a result that can be read and still can't be true: its JSON pointer, and how it should be.
    public typealias Complaint = (pointer: String, reason: String)

    /// Holds what a person gave against what the saga will read.
    ///
    /// - Parameters:
    ///   - example: A result that will do, with the members that have to be there and no others.
    ///   - sense: What is wrong with a result that can be read; `nil` if nothing is.
    /// - Throws: ``UnusableResult``, naming the members.
    public static func check<Answer: Decodable>(
        _ given: JSONValue, as answer: Answer.Type, like example: JSONValue, of effect: String, _ outcome: SagaResolved.Outcome,
        sense: (Answer) -> Complaint? = { _ in nil }
    ) throws {
        let needed = (example.objectValue ?? [:]).keys.sorted()
        let missing = needed.filter { given[$0] == nil }
        let form = "it has the form \(String(decoding: try JSON.encode(example), as: UTF8.self))"
        guard missing.isEmpty else {
            throw UnusableResult(
                effect: effect, outcome: outcome, pointer: missing.count == 1 ? "/\(missing[0].escapedForPointer)" : "",
                reason: "\(missing.joined(separator: ", ")) \(missing.count == 1 ? "is" : "are") missing; \(form)")
        }
        let complaint: Complaint?
        do {
            complaint = sense(try JSON.decode(Answer.self, from: JSON.encode(given)))
        } catch let error as DecodingError {
            complaint = error.pointerAndReason
        }
        guard let (pointer, reason) = complaint else { return }
        throw UnusableResult(effect: effect, outcome: outcome, pointer: pointer, reason: "\(pointer) \(reason); \(form)")
    }
}

extension JSONValue {
    /// An object with the other's members in place of its own; the other itself if either is no object.
    public func merging(_ other: JSONValue) -> JSONValue {
        guard case .object(let members) = self, case .object(let others) = other else { return other }
        return .object(members.merging(others) { $1 })
    }
}
