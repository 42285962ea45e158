import Hummingbird
import Synchronization

/// One request and its answer, on their way through the server.
struct Exchange: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// In the answer's `Request-Id`, in the log, and in what an operator is told.
    let requestID: String
    /// Who calls; `nil` until the front has looked at the token, and where there was none.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        requestID = RequestIDs.next()
    }
}

/// Ids of requests: of this process by their first half, in order by the second.
private enum RequestIDs {
    private static let process: String = {
        var chance = SystemRandomNumberGenerator()
        return String(UInt32.random(in: 0x1000_0000 ... .max, using: &chance), radix: 16)
    }()
    private static let count = Atomic<UInt64>(0)

    static func next() -> String { "\(process)-\(String(count.add(1, ordering: .relaxed).newValue, radix: 16))" }
}
