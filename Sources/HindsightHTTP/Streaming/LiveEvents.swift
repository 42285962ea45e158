import HindsightApp
import HindsightCore
import Hummingbird

/// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html, read 2026-11): first what is in the log, then what
/// comes. The id of a message is the position of its event, so a client that reconnects misses nothing.
struct LiveEvents: Sendable {
    let log: any EventLog
    let feed: EventFeed
    let filter: EventFilter

    /// A message is sent with others while it is not larger.
    private static let mostBytes = 64 << 10

    func answer(after position: Position) -> Answer {
        .stream(.eventStream) { writer in
            try await feed.listening { try await follow(from: position, &writer) }
        }
        .with(.cacheControl, "no-store")
    }

    private func follow(from position: Position, _ writer: inout any ResponseBodyWriter) async throws {
        // Sent at once, so that the client knows that it listens.
        try await writer.write(Self.comment)
        var reached = position
        var lastWrite = ContinuousClock.now
        while true {
            switch await feed.next(after: reached) {
            case .events(let entries):
                reached = entries[entries.count - 1].position
                var messages: [UInt8] = []
                for entry in entries where filter.matches(stream: entry.stream, type: entry.type, tags: entry.tags) {
                    Self.append(entry.json, at: entry.position, to: &messages)
                    guard messages.count >= Self.mostBytes else { continue }
                    try await writer.write(messages)
                    (messages, lastWrite) = ([], .now)
                }
                if !messages.isEmpty {
                    try await writer.write(messages)
                    lastWrite = .now
                }
            case .behind:
                reached = try await catchUp(from: reached, &writer)
                lastWrite = .now
            case .quiet: break
            case .closed: return
            }
            // Also under a stream of events that this client does not want.
            try await Self.keepAlive(&writer, since: &lastWrite)
        }
    }

    /// Sends a comment if the client has heard nothing for a while.
    static func keepAlive(_ writer: inout any ResponseBodyWriter, since lastWrite: inout ContinuousClock.Instant) async throws {
        guard ContinuousClock.now - lastWrite >= EventFeed.heartbeat else { return }
        try await writer.write(comment)
        lastWrite = .now
    }

    private func catchUp(from position: Position, _ writer: inout any ResponseBodyWriter) async throws -> Position {
        let head = try await log.head().position
        let messages = EventLines(of: log, EventSelection(filter, after: position, until: head)) { event, bytes in
            bytes += "id: \(event.position)\ndata: ".utf8
            try EventJSON.append(event, as: .read, to: &bytes)
            bytes += "\n\n".utf8
        }
        for try await chunk in messages { try await writer.write(chunk.bytes) }
        return head
    }

    private static let comment = Array(": hindsight\n\n".utf8)

    private static func append(_ json: [UInt8], at position: Position, to messages: inout [UInt8]) {
        messages += "id: \(position)\ndata: ".utf8
        messages += json
        messages += "\n\n".utf8
    }
}
