import HindsightCore

/// Where another program wants to be told, and what it knows the sender by.
public struct Webhook: Sendable {
    let address: String
    let signature: WebhookSignature

    /// - Parameters:
    ///   - address: `https://crm.example/hooks`, without credentials in it.
    ///   - signature: Made of the secret that both sides know.
    /// - Throws: ``HTTPEffectsError/badBase(reason:)``.
    public init(address: String, signature: WebhookSignature) throws(HTTPEffectsError) {
        _ = try HTTPEffectPerformer.checkedBase(address)
        self.address = address
        self.signature = signature
    }
}

extension Webhook: CustomStringConvertible, CustomReflectable {
    /// An address is often a secret, too: who knows it may call it.
    public var description: String { "webhook" }
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What became of one try to tell a webhook something. No reason holds an address, or a word of the receiver's.
public enum WebhookOutcome: Sendable, Hashable {
    /// Any 2xx, with whatever body.
    case accepted(status: Int)
    /// The receiver will never take this message.
    case refused(status: Int, reason: String)
    /// It was surely not taken; later it may be.
    case notDone(reason: String, retryAfter: Duration?)
    /// It may have been taken.
    case unclear(reason: String, retryAfter: Duration?)
}

extension WebhookOutcome {
    init(_ answer: HTTPAnswer, now: Timestamp) {
        let wait = HTTPMeaning.retryAfter(of: answer, now: now)
        self =
            switch answer.status {
            case 200...299: .accepted(status: answer.status)
            case 300...399:
                .unclear(reason: "it answers with a redirect (\(answer.status)): configure the address that it leads to", retryAfter: wait)
            // With the right secret the answer would be another one, so this is none to the message.
            case 401: .notDone(reason: "it does not accept the signature (401): compare the secrets of both sides", retryAfter: wait)
            case 403: .refused(status: 403, reason: "it forbids the message (403)")
            case 404: .refused(status: 404, reason: "there is nothing at its address (404)")
            case 409: .unclear(reason: "it says that the message is in its hands already (409)", retryAfter: wait)
            case 410: .refused(status: 410, reason: "it does not want to be told any more (410)")
            case 413: .refused(status: 413, reason: "the message is too long for it (413)")
            case 408, 425: .notDone(reason: "it did not wait for the message (\(answer.status))", retryAfter: wait)
            case 429: .notDone(reason: "it has too much to do (429)", retryAfter: wait)
            case 503 where wait != nil: .notDone(reason: "it is out of service (503)", retryAfter: wait)
            case 400...499: .refused(status: answer.status, reason: "it refuses the message (\(answer.status))")
            default: .unclear(reason: "it failed (\(answer.status))", retryAfter: wait)
            }
    }

    init(_ failure: NoAnswer) {
        self =
            switch failure {
            case .notConnected: .notDone(reason: "no connection to it came about", retryAfter: nil)
            case .timeOver: .unclear(reason: "it gave no answer in time", retryAfter: nil)
            case .lost: .unclear(reason: "the connection was lost before its answer", retryAfter: nil)
            }
    }
}
