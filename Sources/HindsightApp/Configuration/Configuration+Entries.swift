import Glibc

extension Configuration {
    /// Where a value comes from.
    package enum Source: Sendable, Equatable, CustomStringConvertible {
        case flag
        case environment(String)
        case file(String, line: Int)
        case fallback

        package var description: String {
            switch self {
            case .flag: "flag"
            case .environment(let variable): "environment \(variable)"
            case .file(let path, let line): "\(path):\(line)"
            case .fallback: "default"
            }
        }
    }

    /// A setting with its value in force.
    package struct Entry: Sendable, Equatable, Encodable {
        package let key: String
        package let value: Setting.Value?
        package let source: Source
        let isSecret: Bool

        /// The value for people and programs to see.
        ///
        /// The path of a file with a secret is shown if the file is there. If not, the path may be the secret itself, put in the wrong place.
        package var shown: Setting.Value? {
            guard isSecret, let value, access(value.description, F_OK) != 0 else { return value }
            return .text("(names no file, so it is not shown)")
        }

        private enum CodingKeys: CodingKey { case key, value, source }

        package func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(key, forKey: .key)
            // Null, and not absent: a program sees that the setting exists.
            try container.encode(shown, forKey: .value)
            try container.encode(source.description, forKey: .source)
        }
    }
}
