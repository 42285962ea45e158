import Logging

/// What is written of one log record.
struct LogRecord {
    let time: String
    let level: Logger.Level
    let logger: String
    let message: String
    let metadata: Logger.Metadata
}

extension String {
    /// In quotation marks and escaped, as JSON has it.
    var quoted: String { "\"\(escaped { $0 == "\"" || $0 == "\\" || $0.breaksLines })\"" }

    /// With JSON's escapes in the place of what would end the line, or move the cursor of the terminal that shows it.
    var onOneLine: String { escaped(\.breaksLines) }

    private func escaped(_ isSpecial: (Unicode.Scalar) -> Bool) -> String {
        guard unicodeScalars.contains(where: isSpecial) else { return self }
        return unicodeScalars.reduce(into: "") { escaped, scalar in
            guard isSpecial(scalar) else { return escaped.unicodeScalars.append(scalar) }
            switch scalar {
            case "\"", "\\": escaped += "\\\(scalar)"
            case "\n": escaped += "\\n"
            case "\r": escaped += "\\r"
            case "\t": escaped += "\\t"
            default:
                let digits = String(scalar.value, radix: 16)
                escaped += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }
}

extension Unicode.Scalar {
    /// Whether some reader takes it for the end of a line, or some terminal for a command. None of these has more than four digits.
    fileprivate var breaksLines: Bool {
        switch value {
        case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }
}
