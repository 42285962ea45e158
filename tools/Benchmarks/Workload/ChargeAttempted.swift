import HindsightCore

/// What every event of the benchmarks carries: eight members, 250 bytes of JSON.
struct ChargeAttempted: EventPayload {
    static let type: EventType = "bench.charge-attempted"
    /// Bytes of the JSON.
    static let size = 250
    /// How many customers the charges are spread over.
    static let customers = 10_000

    let amountMinor: Int
    let attempt: Int
    let currency: String
    let customer: String
    let declineCode: String
    let gatewayReference: String
    let invoice: String
    let note: String

    /// The JSON of the charge with this number, formatted directly: it is made before the clock starts, and there are millions of it.
    static func json(number: Int, attempt: StreamVersion) -> JSONText {
        let head = """
            {"amountMinor":\(10_000 + number % 90_000),"attempt":\(attempt),"currency":"EUR","customer":"C\(10_000 + number % customers)",\
            "declineCode":"insufficient_funds","gatewayReference":"\(hexadecimal(scattered(UInt64(number))))",\
            "invoice":"I\(100_000_000 + number)","note":"
            """
        let tail = "\"}"
        let padding = String(repeating: "n", count: size - head.utf8.count - tail.utf8.count)
        return JSONText(trusted: Array((head + padding + tail).utf8))
    }
}

extension ChargeAttempted: JSONReadable {
    init(reading members: inout MemberReader) throws {
        amountMinor = try members.integer("amountMinor")
        attempt = try members.integer("attempt")
        currency = try members.string("currency")
        customer = try members.string("customer")
        declineCode = try members.string("declineCode")
        gatewayReference = try members.string("gatewayReference")
        invoice = try members.string("invoice")
        note = try members.string("note")
    }
}

/// The closed set of events that the typed replay reads.
enum BenchmarkEvent: DomainEvent {
    case chargeAttempted(ChargeAttempted)

    static let codec = EventCodec<BenchmarkEvent>([.kind(BenchmarkEvent.chargeAttempted)])

    var payload: any EventPayload {
        switch self {
        case .chargeAttempted(let payload): payload
        }
    }
}

/// What is folded from the charges of one stream, or of one customer.
struct ChargeTotals {
    private(set) var attempts = 0
    private(set) var amountMinor = 0
    private(set) var lastReference = ""

    mutating func add(_ charge: ChargeAttempted) {
        attempts += 1
        amountMinor += charge.amountMinor
        lastReference = charge.gatewayReference
    }
}
