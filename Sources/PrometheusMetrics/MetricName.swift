/// A metric's name in Prometheus' alphabet: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
///
/// Every other character becomes `_`, so `http.server.requests` is `http_server_requests`.
/// Source: Prometheus' data model, https://prometheus.io/docs/concepts/data_model/.
package struct MetricName: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) {
        description = text.replacingCharacters(otherThan: Self.isAllowed)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool { byte.isLetterDigitOrUnderscore || byte == UInt8(ascii: ":") }
}

extension String {
    /// Puts `_` in the place of every character that is not allowed, and in front of a digit that begins the text.
    ///
    /// - Parameter isAllowed: Asked about ASCII only; nothing else is.
    func replacingCharacters(otherThan isAllowed: (UInt8) -> Bool) -> String {
        guard let first = utf8.first else { return "_" }
        let prefix = first.isDigit ? "_" : ""
        // Nearly every name is as it should be, and is asked for at every use.
        if prefix.isEmpty, utf8.allSatisfy(isAllowed) { return self }
        return prefix + String(String.UnicodeScalarView(unicodeScalars.map { $0.isASCII && isAllowed(UInt8($0.value)) ? $0 : "_" }))
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    var isLetterDigitOrUnderscore: Bool {
        let lowercased = self | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased) || isDigit || self == UInt8(ascii: "_")
    }
}
