import Hummingbird

/// `/faults` and `/journal`, outside Zeppelin's `/api`: a test or a soak makes things go wrong here, and reads what happened.
///
/// | route | what it does |
/// |---|---|
/// | `POST /faults` | arms `{"operation","fault","times":1,"nth":1,"note"?,"milliseconds":0}` |
/// | `GET /faults`, `DELETE /faults` | what is left of them; takes them away |
/// | `POST /faults/random` | `{"seed","probabilities":{operation: 0…1},"faults":[…],"milliseconds":0}`, in place of the last one |
/// | `GET /faults/random`, `DELETE /faults/random` | what was given; ends it |
/// | `DELETE /faults/sessions` | expires every session now |
/// | `GET /journal?from=N&limit=M` | lines from number N on as NDJSON, at most M (10,000) |
struct FaultRoutes: Sendable {
    private static let timesLimit = 1_000
    private static let delayLimit = 600_000
    private static let lineLimit = 10_000

    let faults: Faults
    let authentication: Authentication
    let journal: Journal

    private struct Malformed: Error {
        let member: String
        let allowed: String
    }

    func add(to router: Router<RunnerContext>) {
        addArmed(to: router)
        addRandom(to: router)
        router.delete("faults/sessions") { _, _ in
            authentication.expireAll()
            journal.append(.sessionsExpired)
            return answer(.ok, [:])
        }
        router.get("journal") { request, _ in
            let from = request.uri.queryParameters.get("from", as: Int64.self) ?? 1
            let limit = request.uri.queryParameters.get("limit", as: Int.self) ?? Self.lineLimit
            guard (1...Self.lineLimit).contains(limit) else {
                return refuse(Malformed(member: "limit", allowed: "1…\(Self.lineLimit)"))
            }
            let lines = ByteBuffer(bytes: journal.lines(from: from, limit: limit))
            return Response(status: .ok, headers: [.contentType: "application/x-ndjson"], body: ResponseBody(byteBuffer: lines))
        }
    }

    private func addArmed(to router: Router<RunnerContext>) {
        router.get("faults") { _, _ in answer(.ok, faults.list) }
        router.delete("faults") { _, _ in
            faults.disarmAll()
            return answer(.ok, faults.list)
        }
        router.post("faults") { request, _ in
            do {
                let body = try await request.json() ?? [:]
                let operation = try operation(body["operation"]?.string)
                let kind = try kind(body["fault"])
                guard kind.fits(operation) else {
                    throw Malformed(member: "operation", allowed: kind.onlyOperation?.rawValue ?? "")
                }
                faults.arm(
                    Faults.Armed(
                        kind: kind, operation: operation, note: body["note"]?.string,
                        passing: try number("nth", in: body, 1...Self.timesLimit, or: 1) - 1,
                        times: try number("times", in: body, 1...Self.timesLimit, or: 1),
                        milliseconds: try number("milliseconds", in: body, 0...Self.delayLimit, or: 0)))
                return answer(.ok, faults.list)
            } catch let malformed as Malformed {
                return refuse(malformed)
            }
        }
    }

    private func addRandom(to router: Router<RunnerContext>) {
        router.get("faults/random") { _, _ in answer(.ok, faults.accidents) }
        router.delete("faults/random") { _, _ in
            faults.happen(nil)
            return answer(.ok, faults.accidents)
        }
        router.post("faults/random") { request, _ in
            do {
                let body = try await request.json() ?? [:]
                guard let seed = body["seed"]?.integer else { throw Malformed(member: "seed", allowed: "a whole number") }
                var probabilities: [Operation: Double] = [:]
                for (name, value) in body["probabilities"]?.object ?? [:] {
                    guard let probability = value.double, (0...1).contains(probability) else {
                        throw Malformed(member: "probabilities.\(name)", allowed: "0…1")
                    }
                    probabilities[try operation(name)] = probability
                }
                faults.happen(
                    Accidents(
                        seed: Int64(seed), probabilities: probabilities, kinds: try (body["faults"]?.array ?? []).map(kind),
                        milliseconds: try number("milliseconds", in: body, 0...Self.delayLimit, or: 0)))
                return answer(.ok, faults.accidents)
            } catch let malformed as Malformed {
                return refuse(malformed)
            }
        }
    }

    private func operation(_ name: String?) throws -> Operation {
        guard let operation = name.flatMap(Operation.init(rawValue:)) else {
            throw Malformed(member: "operation", allowed: Operation.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return operation
    }

    private func kind(_ name: JSON?) throws -> Faults.Kind {
        guard let kind = name?.string.flatMap(Faults.Kind.init(rawValue:)) else {
            throw Malformed(member: "fault", allowed: Faults.Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return kind
    }

    private func number(_ member: String, in body: JSON, _ range: ClosedRange<Int>, or usual: Int) throws -> Int {
        guard let value = body[member] else { return usual }
        guard let number = value.integer, range.contains(number) else {
            throw Malformed(member: member, allowed: "\(range.lowerBound)…\(range.upperBound)")
        }
        return number
    }

    private func refuse(_ malformed: Malformed) -> Response {
        answer(.badRequest, ["error": .string("`\(malformed.member)` has to be one of: \(malformed.allowed)")])
    }

    private func answer(_ status: HTTPResponse.Status, _ body: JSON) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: body.gson)))
    }
}
