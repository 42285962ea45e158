import Logging

extension LogRecord {
    /// One JSON object: the time, the level, the logger and the message, then the metadata in the order of their names.
    ///
    /// Metadata with one of those four names get `meta.` in front. Numbers and truth values stay what they are.
    var json: String {
        let own = [("time", time.quoted), ("level", level.rawValue.quoted), ("logger", logger.quoted), ("message", message.quoted)]
        var members = own.map { "\"\($0)\":\($1)" }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key }) {
            var name = name
            if own.contains(where: { $0.0 == name }) {
                repeat { name = "meta.\(name)" } while metadata[name] != nil
            }
            members.append("\(name.quoted):\(value.json)")
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension Logger.MetadataValue {
    var json: String {
        switch self {
        case .string(let text): text.quoted
        case .stringConvertible(let value): Self.json(value)
        case .array(let values): "[\(values.map(\.json).joined(separator: ","))]"
        case .dictionary(let members):
            "{\(members.sorted { $0.key < $1.key }.map { "\($0.key.quoted):\($0.value.json)" }.joined(separator: ","))}"
        }
    }

    private static func json(_ value: any CustomStringConvertible) -> String {
        switch value {
        case let flag as Bool: "\(flag)"
        case let number as any BinaryInteger: "\(number)"
        case let number as Double where number.isFinite: "\(number)"
        default: value.description.quoted
        }
    }
}
