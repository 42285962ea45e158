import HTTPTypes
import HindsightApp
import HindsightCore
import Hummingbird

/// The calls that read events: of a stream, of the whole log, and by a query.
struct ReadRoutes {
    let log: any EventLog
    let feed: EventFeed

    func add(to routes: inout Routes) {
        routes.serve(.readStream, readStream)
        routes.serve(.readEvents, readEvents)
        routes.serve(.queryEvents, queryEvents)
    }

    private enum Direction: String, CaseIterable { case forwards, backwards }

    // MARK: - One stream

    @Sendable private func readStream(_ call: Call) async throws -> Answer {
        let query = try call.query("from", "limit", "direction", "at")
        let stream = try call.stream()
        let form = try call.acceptedForm(among: [.json, .ndjson, .cloudEvents])
        let from = try query.number("from", in: 1 ... .max)
        let limit = try query.limit()
        let backwards = try query.choice("direction", Direction.self) == .backwards
        let bound = try await query.bound(in: log)
        let filter = EventFilter(stream: stream)
        let last = try await log.read(EventSelection(filter, after: bound + 1, direction: .backwards, limit: 1)).first
        guard let last else { throw NoSuchStream(stream: stream, position: try query.moment() == nil ? nil : bound) }
        var selection = EventSelection(filter)
        if backwards {
            selection.direction = .backwards
            selection.after = last.position + 1
            if let from, from < last.version { selection.after = try await position(of: from, in: stream) + 1 }
        } else {
            selection.until = last.position
            if let from {
                guard from <= last.version else { return try await answer(form, selection, limit: 0, stream: stream, last, at: bound) }
                selection.after = try await position(of: from, in: stream) - 1
            }
        }
        return try await answer(form, selection, limit: limit, stream: stream, last, at: bound)
    }

    private func position(of version: StreamVersion, in stream: StreamName) async throws -> Position {
        guard let position = try await log.position(of: version, in: stream) else {
            throw EventLogError.damaged(position: nil, reason: "version \(version) of stream \(stream) is missing")
        }
        return position
    }

    private func answer(
        _ form: MediaForm, _ selection: EventSelection, limit: Int?, stream: StreamName, _ last: RecordedEvent, at bound: Position
    ) async throws -> Answer {
        let opening = Array("{\"stream\":".utf8) + (try JSON.encode(stream)) + Array(",\"version\":\(last.version),\"events\":".utf8)
        return try await answer(form, selection, limit: limit, opening: opening, closing: [UInt8(ascii: "}")])
            .with(.eTag, "\"\(last.version)\"").at(bound)
    }

    // MARK: - The whole log

    @Sendable private func readEvents(_ call: Call) async throws -> Answer {
        let query = try call.query("after", "until", "limit", "direction", "at", repeatable: ["category", "type", "tag"])
        let form = try call.acceptedForm(among: [.json, .ndjson, .eventStream, .cloudEvents])
        let filter = EventFilter(
            categories: try query.values("category") { text throws(EventLogError) in try Category(text) },
            types: try query.values("type") { text throws(EventLogError) in try EventType(text) },
            tags: try query.values("tag") { text throws(EventLogError) in try Tag(text) })
        let after = try query.number("after", in: 0 ... .max)
        guard form != .eventStream else {
            for name in ["until", "limit", "direction", "at"] where query.names.contains(name) {
                throw Problem.field(name, "does not go with text/event-stream, which goes on for ever")
            }
            return LiveEvents(log: log, feed: feed, filter: filter).answer(after: try call.lastEventID() ?? after ?? 0)
        }
        let until = try query.number("until", in: 0 ... .max)
        let limit = try query.limit()
        let backwards = try query.choice("direction", Direction.self) == .backwards
        let bound = try await query.bound(in: log)
        var selection = EventSelection(filter, after: after, until: until, direction: backwards ? .backwards : .forwards)
        // What is appended meanwhile is not part of the answer.
        if backwards { selection.after = min(after ?? .max, bound + 1) } else { selection.until = min(until ?? .max, bound) }
        return try await answer(
            form, selection, limit: limit, opening: Array("{\"events\":".utf8), closing: Array(",\"head\":\(bound)}".utf8)
        ).at(bound)
    }

    @Sendable private func queryEvents(_ call: Call) async throws -> Answer {
        _ = try call.query()
        _ = try call.bodyForm(among: [.json])
        let form = try call.acceptedForm(among: [.json, .ndjson])
        let document: JSONText
        do {
            document = try JSONText(object: try await call.body())
        } catch let error as JSONSyntaxError {
            throw EventLine.refusal(of: error)
        }
        let members = try Members(document.bytes[...], at: "", names: ["query", "after", "limit"])
        let query = try QueryBody.query(try members.array("query"), at: "/query")
        let limit = try members.position("limit")
        if let limit, !(1...1_000).contains(limit) { throw Problem.body("/limit", "must be a whole number from 1 to 1000") }
        let bound = try await log.head().position
        let selection = EventSelection(query: query, after: try members.position("after"), until: bound)
        return try await answer(
            form, selection, limit: limit.map { Int($0) }, opening: Array("{\"events\":".utf8), closing: Array(",\"head\":\(bound)}".utf8)
        ).at(bound)
    }

    // MARK: - Forms

    /// The selected events in the form; JSON and batches are pages of at most `limit`, lines go on to the end unless a limit is given.
    private func answer(
        _ form: MediaForm, _ selection: EventSelection, limit: Int?, opening: [UInt8], closing: [UInt8]
    ) async throws -> Answer {
        switch form {
        case .ndjson:
            let lines = EventLines(of: log, selection, limit: limit)
            return .stream(.ndjson) { writer in
                for try await chunk in lines { try await writer.write(chunk.bytes) }
            }
        case .cloudEvents:
            return .bytes(
                try await list(selection, limit) { event, bytes in bytes += try CloudEvents.json(of: try event.copy()) }, .cloudEvents)
        default:
            let events = try await list(selection, limit) { event, bytes in try EventJSON.append(event, as: .read, to: &bytes) }
            return .bytes(opening + events + closing, .json)
        }
    }

    /// A JSON array of the first events.
    private func list(_ selection: EventSelection, _ limit: Int?, _ write: @escaping EventLines.Write) async throws -> [UInt8] {
        var bytes = [UInt8(ascii: "[")]
        let lines = EventLines(of: log, selection, limit: limit ?? Query.defaultLimit) { event, bytes in
            try write(event, &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        for try await chunk in lines { bytes += chunk.bytes }
        if bytes.last == UInt8(ascii: ",") { bytes.removeLast() }
        return bytes + [UInt8(ascii: "]")]
    }
}

extension EventLog {
    /// The last position that an answer may tell of: that of the moment, or the head.
    ///
    /// - Parameter name: Of the parameter that names the moment.
    func bound(at moment: Moment?, named name: String = "at") async throws -> Position {
        guard let moment else { return try await head().position }
        do {
            return try await moment.position(in: self)
        } catch {
            switch error {
            case .invalid(_, let reason): throw Problem.field(name, reason)
            case .instantNotPast: throw Problem.field(name, "\(error)")
            default: throw error
            }
        }
    }
}

extension Call {
    /// Where a client of server-sent events was when its connection broke.
    func lastEventID() throws(Problem) -> Position? {
        guard let value = try header(.lastEventID) else { return nil }
        guard value.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), let position = Position(value) else {
            throw .field("Last-Event-ID", "must be the position that stood in id:")
        }
        return position
    }
}
