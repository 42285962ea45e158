package import HindsightCore

/// A way to somebody: mail, a webhook.
package protocol NoticeSender: Sendable {
    /// Sends the notice once. A repeat has the same `notice`, by which the recipient has to be able to recognise it.
    func send(_ notice: NoticeRequest) async -> NoticeOutcome
}

/// What became of one try. Neither a reply nor a reason holds an address, or a word of the peer's.
package enum NoticeOutcome: Sendable, Hashable {
    case delivered(reply: String?)
    /// For ever.
    case refused(reason: String, reply: String?)
    /// It was surely not taken; later it may be.
    case notDone(reason: String, retryAfter: Duration?)
    /// It may have been taken, and a repeat may be taken once more.
    case unknown(reason: String)
    /// It may have been taken, and the recipient knows a repeat by its id: so it is sent again like one that was not taken.
    case mayRepeat(reason: String, retryAfter: Duration?)
}

/// Carries deliveries out through the sender of each channel.
package struct NoticePerformer: EffectPerformer {
    private let senders: [String: any NoticeSender]

    /// - Parameter senders: By channel: `mail`, `webhook`.
    package init(_ senders: [String: any NoticeSender]) { self.senders = senders }

    package func peer(of kind: String) -> Peer { Peer(name: "notices") }

    package func perform(_ intent: EffectIntent) async -> EffectOutcome {
        let request: NoticeRequest
        do {
            request = try NoticeRequest(intent.request)
        } catch {
            return .rejected(reason: "the notice can't be read", result: NoticeAnswer().json)
        }
        // The configuration may be back with the next start.
        guard let sender = senders[request.channel] else {
            return .rejected(reason: "the channel \(request.channel) is not configured", result: NoticeAnswer(isForNow: true).json)
        }
        switch await sender.send(request) {
        case .delivered(let reply): return .succeeded(NoticeAnswer(reply: reply).json)
        case .refused(let reason, let reply): return .rejected(reason: reason, result: NoticeAnswer(reply: reply).json)
        case .notDone(let reason, let retryAfter): return later(reason, retryAfter)
        case .mayRepeat(let reason, let retryAfter): return later("\(reason); whether it was taken is not known", retryAfter)
        case .unknown(let reason): return .indeterminate(reason: reason)
        }
    }

    private func later(_ reason: String, _ retryAfter: Duration?) -> EffectOutcome {
        let seconds = retryAfter.map { Int($0.components.seconds) }
        return .rejected(reason: reason, result: NoticeAnswer(isForNow: true, retryAfterSeconds: seconds).json)
    }

    /// No recipient can be asked, so it is sent again, under the same id.
    package func lookUp(_ intent: EffectIntent) async -> LookUp { .absent }
}
