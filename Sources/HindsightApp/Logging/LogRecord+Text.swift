import Logging

extension LogRecord {
    /// The time, the level and the message, then the metadata in the order of their names: values with spaces are in quotation marks,
    /// and values that hold others are JSON.
    var text: String {
        let pairs = metadata.sorted { $0.key < $1.key }.map { " \($0.key.plainOrQuoted)=\($0.value.text)" }.joined()
        return "\(time) \(level.rawValue.uppercased()) \(logger.onOneLine): \(message.onOneLine)\(pairs)"
    }
}

extension Logger.MetadataValue {
    fileprivate var text: String {
        switch self {
        case .string(let text): text.plainOrQuoted
        case .stringConvertible(let value): value.description.plainOrQuoted
        case .array, .dictionary: json
        }
    }
}

extension String {
    /// As it is, if nobody can take it for something else.
    fileprivate var plainOrQuoted: String {
        let quoted = quoted
        let isPlain = !isEmpty && quoted.utf8.count == utf8.count + 2 && first != "[" && first != "{"
        return isPlain && !unicodeScalars.contains { $0 == "=" || $0.properties.isWhitespace } ? self : quoted
    }
}
