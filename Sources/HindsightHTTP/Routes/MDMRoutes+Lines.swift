import CustomerMDM
import HindsightApp
import HindsightCore
import HindsightRuntime
import Hummingbird

extension MDMRoutes {
    /// Cards that share an append.
    private static let mostTogether = 200

    /// A card on each line, answered with a line when it is taken in; the nightly run matches them.
    ///
    /// A bad line is answered with its problem, and the next one is read. Lines that come together are taken in together, so a client that
    /// waits for each answer gets it.
    @Sendable func ingestCards(_ call: Call) async throws -> Answer {
        _ = try call.query()
        _ = try call.bodyForm(among: [.ndjson])
        let metadata = EventMetadata(actor: call.actor, correlationId: try call.correlationID(), traceparent: try call.traceparent())
        return .stream(.ndjson) { writer in
            var lines = BodyLines(call.request.body, limits: limits)
            while true {
                let page: [LineAppender.Line]
                do {
                    guard let next = try await lines.next() else { return }
                    page = next
                } catch {
                    // A line that is too long has been passed over.
                    guard let line = error as? LineError, let problem = Problem(line.cause) else { throw error }
                    try await writer.write(Self.refusal(of: line.line, problem))
                    continue
                }
                var rest = page.filter { line in !line.bytes.allSatisfy { $0 <= 0x20 } }[...]
                while !rest.isEmpty {
                    let outcome = await answers(to: rest.prefix(Self.mostTogether), as: metadata)
                    rest = rest.dropFirst(Self.mostTogether)
                    try await writer.write(outcome.lines)
                    guard let failure = outcome.failure else { continue }
                    guard let problem = Problem(failure.cause) else { throw failure }
                    return try await writer.write(Self.refusal(of: failure.line, problem))
                }
            }
        }
    }

    /// Takes in lines that came together.
    ///
    /// - Returns: One line for each, up to the one that the log did not take, which the failure names.
    private func answers(
        to lines: ArraySlice<LineAppender.Line>, as metadata: EventMetadata
    ) async -> (lines: [UInt8], failure: LineError?) {
        let read = lines.map { line in (line: line, statement: Result { try statement(ofLine: line.bytes) }) }
        let statements = read.compactMap { row in if case .success(let statement) = row.statement { statement } else { nil } }
        var answers: [CustomerHub.Answer] = []
        var failure: (any Error)?
        do {
            while answers.count < statements.count {
                let left = Array(statements[answers.count...])
                answers += try await hub.inTurn(as: metadata) { hub in
                    try await hub.recordSettings(hub.metadata)
                    return try await hub.answers(taking: left)
                }
            }
        } catch {
            failure = error
        }
        var said: [UInt8] = []
        var next = answers.makeIterator()
        for row in read {
            do {
                switch row.statement {
                case .success:
                    guard let answer = next.next() else {
                        return (said, failure.map { LineError(line: row.line.number, cause: $0) })
                    }
                    said += try JSON.encode(answer) + [UInt8(ascii: "\n")]
                case .failure(let error):
                    guard let problem = Problem(error) else { throw error }
                    said += try Self.refusal(of: row.line.number, problem)
                }
            } catch {
                return (said, LineError(line: row.line.number, cause: error))
            }
        }
        return (said, nil)
    }

    private func statement(ofLine bytes: [UInt8]) throws -> CardDecider.Statement {
        let body = try Self.cardLine.read(bytes)
        let card: CardID
        do throws(InvalidCard) {
            card = try CardID(source: body["source"]?.stringValue ?? "", id: body["id"]?.stringValue ?? "")
        } catch {
            throw Problem.body("/\(error.field)", error.reason)
        }
        return try statement(body, of: card, .batch)
    }

    /// The answer to a line that is not taken in.
    private static func refusal(of line: Int, _ problem: Problem) throws -> [UInt8] {
        let answer: JSONValue = ["line": .integer(Int64(line)), "error": problem.json]
        return try JSON.encode(answer) + [UInt8(ascii: "\n")]
    }
}
