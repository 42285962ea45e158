package enum RetryTrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    case noCharges
    case noDeclines(charges: Int)
    case noApprovals(charges: Int)
    case unknownTimeZone(String, customer: String)
    case customerTwice(String)
    /// Too little of the past to hold some of it out.
    case tooShort(part: String)
    case cancelled

    package var description: String {
        switch self {
        case .noCharges: "there are no charges to learn from: take in more of the past"
        case .noDeclines(let charges):
            "all \(charges) charges were approved, so there is nothing to learn of when a declined one heals: take in a longer time"
        case .noApprovals(let charges): "none of \(charges) charges was approved: take in a longer time, and see whether the gateway works"
        case .unknownTimeZone(let zone, let customer): "customer \(customer): \(zone) is no time zone of the IANA tables"
        case .customerTwice(let customer): "customer \(customer) is there twice: give all charges of a payer in one history"
        case .tooShort(let part): "there are no charges to \(part): take in a longer time and more payers"
        case .cancelled: "training was cancelled; nothing was kept, so start it again when there is time"
        }
    }
}
