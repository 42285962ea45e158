package enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    case parameter(String, value: String, bounds: String)
    case noRows
    case oneClass(rows: Int)
    case otherWidth(training: Int, validation: Int)
    case emptyValidation
    case cancelled
    /// The library's own words.
    case failed(String)

    package var description: String {
        switch self {
        case .parameter(let name, let value, let bounds): "\(name): \(value) is out of bounds; give \(bounds)"
        case .noRows: "there are no rows to learn from: take in more of the past"
        case .oneClass(let rows): "all \(rows) rows to learn from ended alike: take in a longer time, so that it has approvals and declines"
        case .otherWidth(let training, let validation):
            "rows to learn from have \(training) features and rows to validate on \(validation): build both with the same features"
        case .emptyValidation: "there are no rows to validate on: hold out a longer time, or train without validation"
        case .cancelled: "training was cancelled; nothing was kept, so start it again when there is time"
        case .failed(let reason): "XGBoost could not train (\(reason)): check the parameters and the memory that is free"
        }
    }
}
