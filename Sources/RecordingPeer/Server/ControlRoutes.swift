import Foundation
import Hummingbird
import NIOCore

/// `/control/…`: how a test tells the peer to misbehave, and reads what it did. All of it outlives the peer's process.
///
/// - `POST faults {"fault","kind"?,"key"?,"operation"?,"times"?,"ms"?,"retryAfter"?}`: the next `times` (1) effects, or
///   with `"operation":"look-up"` look-ups, of this kind and key suffer it; the first that fits is taken. `GET` lists what is still to come, `DELETE` takes it away.
/// - `POST chaos {"seed","probability","kinds"?,"ms"?}`: faults of these kinds (all) are drawn for effects that no script is for, lateness
///   up to `ms` (50). Probability 0 ends it.
/// - `POST behaviour {"keys"?,"replaysFailures"?,"queryable"?}`: as the flags.
/// - `POST clock {"advanceSeconds"}`: puts the peer's clock forward: keys age, and what was to be late is done.
/// - `GET journal?after=SEQ`: the journal's lines after this one.
struct ControlRoutes: Sendable {
    let witness: Witness

    private struct ClockBody: Decodable { let advanceSeconds: TimeInterval }

    func add(to control: RouterGroup<PeerContext>) {
        control.get("faults") { _, _ in Answer(status: 200, json: witness.faults).response }
        control.delete("faults") { _, _ in
            witness.disarm()
            return Answer(status: 200, json: witness.faults).response
        }
        control.post("faults") { request, _ in
            witness.arm(try await decode(ArmedFault.self, request))
            return Answer(status: 200, json: witness.faults).response
        }
        control.post("chaos") { request, _ in
            let chaos = try await decode(Chaos.self, request)
            witness.unleash(chaos)
            return Answer(status: 200, json: chaos).response
        }
        control.post("behaviour") { request, _ in
            let behaviour = witness.behave(try await decode(Behaviour.Change.self, request))
            let all = Behaviour.Change(
                keys: behaviour.keys, replaysFailures: behaviour.replaysFailures, queryable: behaviour.queryable)
            return Answer(status: 200, json: all).response
        }
        control.post("clock") { request, _ in
            let seconds = try await decode(ClockBody.self, request).advanceSeconds
            guard seconds >= 0, seconds <= 1e10 else { throw APIError.invalid(field: "advanceSeconds", "Has to be 0 or more.") }
            witness.advance(bySeconds: seconds)
            return Answer(status: 200, json: ["advancedSeconds": seconds]).response
        }
        control.get("journal") { request, _ in
            guard let after = Int(request.uri.queryParameters["after"] ?? "0"), after >= 0 else {
                throw APIError.invalid(field: "after", "Has to be the number of a line, or 0.")
            }
            var answer = Answer(status: 200, body: witness.journal(after: after))
            answer.headers[.contentType] = "application/x-ndjson"
            return answer.response
        }
    }

    private func decode<Body: Decodable>(_ type: Body.Type, _ request: Request) async throws -> Body {
        do {
            return try JSONDecoder().decode(type, from: Data(try await request.body.collect(upTo: 64 * 1024).readableBytesView))
        } catch DecodingError.keyNotFound(let key, _) {
            throw APIError.invalid(field: key.stringValue, "Is required.")
        } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
            DecodingError.dataCorrupted(let context)
        {
            throw APIError.invalid(field: context.codingPath.first?.stringValue ?? "body", "Can't be read as what it has to be.")
        }
    }
}
