import Hummingbird

/// `/faults`, outside the API: a test arms faults here, sees what is left of them, and takes them away.
struct FaultRoutes: Sendable {
    private static let timesLimit = 1_000

    let faults: Faults

    func add(to router: Router<RunnerContext>) {
        router.get("faults") { _, _ in answer(.ok, faults.list) }
        router.delete("faults") { _, _ in
            faults.disarmAll()
            return answer(.ok, faults.list)
        }
        router.post("faults") { request, _ in
            let body = try await request.json()
            guard let operation = body?["operation"]?.string.flatMap(Operation.init(rawValue:)) else {
                return refuse("operation", Operation.allCases.map(\.rawValue))
            }
            guard let kind = body?["fault"]?.string.flatMap(Faults.Kind.init(rawValue:)) else {
                return refuse("fault", Faults.Kind.allCases.map(\.rawValue))
            }
            let times = body?["times"] ?? 1
            guard let times = times.integer, (1...Self.timesLimit).contains(times) else {
                return refuse("times", ["1…\(Self.timesLimit)"])
            }
            faults.arm(kind, at: operation, times: times)
            return answer(.ok, faults.list)
        }
    }

    private func refuse(_ member: String, _ allowed: [String]) -> Response {
        answer(.badRequest, ["error": .string("`\(member)` has to be one of: \(allowed.joined(separator: ", "))")])
    }

    private func answer(_ status: HTTPResponse.Status, _ body: JSON) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: body.gson)))
    }
}
