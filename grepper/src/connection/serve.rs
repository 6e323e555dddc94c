//! What becomes of an accepted socket.

use std::net::SocketAddr;
use std::time::Duration;

use actix_http::body::MessageBody;
use actix_http::{HttpService, Request, Response};
use actix_server::GracefulShutdownSignal;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;

use crate::connection::client_stream::ClientStream;

/// The address that the client of a connection came to.
#[derive(Clone, Copy, Debug)]
pub struct Listening(pub SocketAddr);

/// How long a connection without a request stays: longer than proxies keep theirs, which is a minute by default.
/// Whoever closes first may meet a request that is on its way, and its client gets none.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Serves `application` on each socket that comes, until a request that finds us `draining` is
/// answered.
pub fn serve<F, S, B>(
    application: F,
    address: SocketAddr,
    draining: GracefulShutdownSignal,
) -> impl ServiceFactory<
    TcpStream,
    Config = (),
    Response = (),
    Error = actix_http::error::DispatchError,
    InitError = (),
>
where
    F: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig, Error = actix_web::Error, InitError = ()>
        + 'static,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    let application = application
        .into_factory()
        .map_err(|error| error.error_response());
    let http = HttpService::build()
        .keep_alive(KEEP_ALIVE)
        .graceful_shutdown_signal(move || {
            let draining = draining.clone();
            async move { draining.notified().await }
        })
        .on_connect_ext(move |stream: &ClientStream, data| {
            data.insert(stream.exchange().clone());
            data.insert(stream.recipient().clone());
            data.insert(Listening(address));
        })
        .local_addr(address)
        .h1(map_config(application, |()| AppConfig::default()));
    fn_service(|socket: TcpStream| async move {
        socket.set_nodelay(true)?;
        let peer = socket.peer_addr().ok();
        Ok((ClientStream::new(socket), peer))
    })
    .and_then(http)
}
