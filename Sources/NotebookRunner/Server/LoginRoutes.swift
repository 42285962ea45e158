import HTTPTypes
import Hummingbird

/// `/api/login` and `/api/version`: the routes that ask for no session.
struct LoginRoutes: Sendable {
    private struct Form: Decodable {
        let userName: String
        let password: String
    }

    let authentication: Authentication
    let dialect: Dialect

    func add(to routes: RouterGroup<RunnerContext>) {
        routes.get("version") { _, _ in dialect.ok(dialect.versionBody, message: "Zeppelin version") }
        routes.get("login") { _, _ in dialect.loginIsNotAPage }
        routes.post("login") { request, context in
            let form = try await URLEncodedFormDecoder().decode(Form.self, from: request, context: context)
            guard let (id, session) = try authentication.logIn(userName: form.userName, password: form.password) else {
                return dialect.wrongLogin
            }
            var response = dialect.ok(dialect.login(session))
            for cookie in Authentication.cookies(for: id) {
                response.headers.append(HTTPField(name: .setCookie, value: cookie))
            }
            return response
        }
        routes.post("login/logout") { request, _ in
            authentication.logOut(cookies: request.headers[.cookie])
            return dialect.loggedOut
        }
    }
}
