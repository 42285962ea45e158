/// Who alone may use an interpreter, as Zeppelin's `interpreter.owners` has it: a run by anybody else is accepted and ends with an error.
struct InterpreterOwners: Sendable, Equatable {
    let interpreter: InterpreterName
    let users: Set<String>

    /// `NAME=USER,…`; `nil` for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let interpreter = InterpreterName(rawValue: String(parts[0])) else { return nil }
        self.interpreter = interpreter
        users = Set(parts[1].split(separator: ",").map(String.init))
    }
}

extension [InterpreterOwners] {
    /// What a run of this user ends with instead of being seen by the interpreter; `nil` if it may use it.
    func refusal(of interpreter: InterpreterName, to user: String) -> ParagraphResult? {
        guard contains(where: { $0.interpreter == interpreter && !$0.users.contains(user) }) else { return nil }
        let text = "\(user) has no permission for \(interpreter.rawValue)"
        return ParagraphResult(code: .error, messages: [.init(type: .text, data: text)])
    }
}
