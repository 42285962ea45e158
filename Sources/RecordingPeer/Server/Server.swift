import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// The peer's HTTP interface.
///
/// `POST /effects/{kind}`, header `Idempotency-Key`, a JSON body: 200 `{"act","kind","key"}` with the number of the key's act; 422 for a key
/// that is honoured and came with another body before; and whatever a fault makes of it.
///
/// `GET /effects/{kind}?key=K`: the same answer as of the key's last act, 404 if it was never acted on, 405 if the peer can't be asked.
///
/// A request with a bad key, body or proof is refused with 400 or 401, and is not in the journal: nothing can come of it.
///
/// `/control/…` is for the test, see ``ControlRoutes``. Errors are `{"error":{"type","message","field"?}}`.
struct Server {
    private static let longestBody = 1 << 20

    let witness: Witness

    /// Listens until the process ends.
    func run(port: Int, _ announce: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: PeerContext.self)
        router.get("healthz") { _, _ in HTTPResponse.Status.ok }
        router.post("effects/:kind") { try await act($0, $1) }
        router.get("effects/:kind") { try await lookUp($0, $1) }
        ControlRoutes(witness: witness).add(to: router.group("control"))
        var application = Application(
            router: router, server: .http1(configuration: .init(additionalChannelHandlers: [HangingUp()])),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "recording-peer"),
            onServerRunning: { announce($0.localAddress?.port ?? port) })
        application.logger.logLevel = .critical  // what goes wrong ends the peer with a line of its own
        try await application.run()
    }

    // MARK: - Effects

    private func act(_ request: Request, _ context: PeerContext) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.longestBody)
        try witness.gate.check(request.headers, body: body)
        let effect = EffectKey(try kind(context), try Self.checked(request.headers[.idempotencyKey], field: "Idempotency-Key"))
        guard Self.isJSON(body) else { throw APIError.invalid(field: "body", "Must be JSON.") }
        let call = witness.begin(effect, .effect, digest: SHA256.hash(data: Data(body.readableBytesView)).hexadecimal)
        guard let fault = call.fault else { return finish(call, witness.act(on: call)) }
        switch fault.kind {
        case .refuse:
            if let deed = witness.fail(call, status: 422, isDenial: true) { return finish(call, deed) }
            return finish(call, .failure(status: 422))
        case .failBefore:
            // A key that is settled stays so, and this request fails all the same.
            _ = witness.fail(call, status: 500, isDenial: false)
            return finish(call, .failure(status: 500))
        case .actAndFail:
            _ = witness.actAndFail(call, status: 500)
            return finish(call, .failure(status: 500))
        case .actLate:
            // Before the cut: the sender may put the clock forward as soon as it has seen it.
            let due = witness.postpone(call, milliseconds: fault.milliseconds)
            try await cut(call, context)
            try await witness.act(when: due)
            throw Connection.Gone()
        case .actAndDrop, .late, .answerTwice, .brokenBody, .halfAnswer:
            let deed = witness.act(on: call)
            return try await mangle(call, answer(call, deed), isReplay: deed.isReplay, fault, request, context)
        case .dropBefore, .tooMany, .unavailable, .halfOpen, .inProgress, .redirect:
            return try await deny(call, fault, request, context)
        }
    }

    private func lookUp(_ request: Request, _ context: PeerContext) async throws -> Response {
        try witness.gate.check(request.headers, body: nil)
        let key = try Self.checked(request.uri.queryParameters["key"].map(String.init), field: "key")
        let call = witness.begin(EffectKey(try kind(context), key), .lookUp)
        let found: Answer =
            switch witness.acts(on: call.effect) {
            case nil: APIError.notQueryable.answer
            case 0: APIError.notFound.answer
            case let number?: .act(number, of: call.effect)
            }
        guard let fault = call.fault else { return finish(call, found) }
        switch fault.kind {
        case .refuse: return finish(call, .failure(status: 422))
        case .failBefore, .actAndFail: return finish(call, .failure(status: 500))
        case .actAndDrop, .late, .answerTwice, .brokenBody, .halfAnswer:
            return try await mangle(call, found, isReplay: false, fault, request, context)
        case .dropBefore, .actLate, .tooMany, .unavailable, .halfOpen, .inProgress, .redirect:
            return try await deny(call, fault, request, context)
        }
    }

    // MARK: - Faults

    /// Does nothing, and says so or says nothing.
    private func deny(_ call: Witness.Call, _ fault: Fault, _ request: Request, _ context: PeerContext) async throws -> Response {
        switch fault.kind {
        case .tooMany: return finish(call, .failure(status: 429).asking(fault.retryAfter))
        case .unavailable: return finish(call, .failure(status: 503).asking(fault.retryAfter))
        case .inProgress: return finish(call, .failure(status: 409))
        case .redirect: return finish(call, .failure(status: 307).adding(.location, request.uri.string))
        case .halfOpen:
            try await context.connection.waitForEnd()
            witness.end(call, status: 0)
            throw Connection.Gone()
        default:
            try await cut(call, context)
            throw Connection.Gone()
        }
    }

    /// Spoils the answer to what was done.
    private func mangle(
        _ call: Witness.Call, _ answer: Answer, isReplay: Bool, _ fault: Fault, _ request: Request, _ context: PeerContext
    ) async throws -> Response {
        switch fault.kind {
        case .late:
            try await witness.wait(milliseconds: fault.milliseconds)
            return finish(call, answer, isReplay: isReplay)
        case .brokenBody:
            var broken = answer
            broken.body.removeLast(broken.body.count / 2)
            return finish(call, broken, isReplay: isReplay)
        case .answerTwice:
            witness.end(call, status: answer.status, isReplay: isReplay)
            try await context.connection.write(answer.message + answer.message)
            try await context.connection.close()
            throw Connection.Gone()
        case .halfAnswer:
            let message = answer.message
            try await context.connection.write(message.dropLast(answer.body.count / 2))
            try await context.connection.waitForEnd()
            witness.end(call, status: 0)
            throw Connection.Gone()
        default:
            try await cut(call, context)
            throw Connection.Gone()
        }
    }

    private func cut(_ call: Witness.Call, _ context: PeerContext) async throws {
        witness.end(call, status: 0)
        try await context.connection.reset()
    }

    // MARK: - Answers

    private func answer(_ call: Witness.Call, _ deed: Witness.Deed) -> Answer {
        switch deed {
        case .acted(let number), .replayed(.act(let number)): .act(number, of: call.effect)
        case .replayed(.failure(let status)): .failure(status: status)
        case .keyReused: APIError.keyReused.answer
        }
    }

    private func finish(_ call: Witness.Call, _ deed: Witness.Deed) -> Response {
        finish(call, answer(call, deed), isReplay: deed.isReplay)
    }

    private func finish(_ call: Witness.Call, _ answer: Answer, isReplay: Bool = false) -> Response {
        witness.end(call, status: answer.status, isReplay: isReplay)
        return answer.response
    }

    private func kind(_ context: PeerContext) throws -> String {
        try Self.checked(context.parameters.get("kind")?.removingPercentEncoding, field: "kind")
    }

    private static func checked(_ name: String?, field: String) throws -> String {
        guard let name, (1...255).contains(name.utf8.count), name.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7f }) else {
            throw APIError.invalid(field: field, "Must be 1 to 255 bytes of visible text.")
        }
        return name
    }

    private static func isJSON(_ body: ByteBuffer) -> Bool {
        /// Reads nothing: that the text is JSON was checked before.
        struct Anything: Decodable { init(from decoder: any Decoder) {} }
        do {
            _ = try JSONDecoder().decode(Anything.self, from: Data(body.readableBytesView))
            return true
        } catch {
            return false
        }
    }
}

extension Answer {
    /// With `Retry-After`, unless it is empty.
    fileprivate func asking(_ retryAfter: String) -> Answer {
        retryAfter.isEmpty ? self : adding(.retryAfter, retryAfter)
    }
}

extension Witness.Deed {
    fileprivate var isReplay: Bool { if case .replayed = self { true } else { false } }
}
