/// A paragraph's text, split into the interpreter that it names and what that one gets.
package struct ParagraphText: Sendable, Equatable {
    /// The name after `%`, without properties in parentheses; `python` where there is none.
    package let interpreter: String
    package let body: String

    package init(_ text: String) {
        let start = text.drop { $0.isWhitespace }
        guard start.first == "%" else {
            interpreter = InterpreterName.python.rawValue
            body = String(start)
            return
        }
        let named = start.dropFirst()
        let name = named.prefix { $0.isLetter || $0.isNumber || $0 == "." || $0 == "_" }
        var rest = named[name.endIndex...]
        if rest.first == "(", let end = rest.firstIndex(of: ")") { rest = rest[rest.index(after: end)...] }
        interpreter = String(name)
        body = String(rest.drop { $0.isWhitespace })
    }

    /// Nothing to run; Zeppelin calls such a paragraph finished.
    package var isBlank: Bool { body.allSatisfy(\.isWhitespace) }
}
